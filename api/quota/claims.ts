/** What PersistentVolumeClaims use: storage, also by class. Upstream: pkg/quota/v1/evaluator/core/persistent_volume_claims.go */
import { compareQuantities, parseQuantity, type Quantity, value } from '../quantity.ts';
import { matches, selectorOf } from '../selectors.ts';
import type { PersistentVolumeClaim } from '../types.ts';
import { classOfClaim } from '../volume-claims.ts';
import { countOf } from './amounts.ts';
import type { Evaluator } from './evaluator.ts';

const countName = 'count/persistentvolumeclaims';
const names = ['persistentvolumeclaims', 'requests.storage'];
/** `gold.storageclass.storage.k8s.io/requests.storage` */
const ofClass = '.storageclass.storage.k8s.io/';

export const claimEvaluator: Evaluator<PersistentVolumeClaim> = {
  matching: (asked) =>
    asked.filter(
      (name) => name === countName || names.includes(name) || names.some((one) => name.endsWith(ofClass + one)),
    ),
  usage(claim) {
    const storage = storageOf(claim);
    const used = { persistentvolumeclaims: countOf(1), ...(storage && { 'requests.storage': storage }) };
    const className = classOfClaim(claim);
    const perClass = Object.entries(used).map(([name, quantity]) => [className + ofClass + name, quantity] as const);
    return { [countName]: countOf(1), ...used, ...(className && Object.fromEntries(perClass)) };
  },
  inScope(claim, { scopeName, operator, values }) {
    if (scopeName !== 'VolumeAttributesClass') return false;
    const selector = selectorOf({ matchExpressions: [{ key: scopeName, operator, ...(values && { values }) }] });
    const classes = attributesClasses(claim);
    if (classes.length === 0) return matches(selector, {});
    return classes.some((name) => matches(selector, { [scopeName]: name }));
  },
  charges: ({ subresource, object, old }) =>
    subresource === '' || (subresource === 'status' && old !== undefined && changesUsage(old, object)),
  replenishes: (old, claim) => changesUsage(old, claim),
};

/** What is asked for, or what has been given already if that is more; in whole bytes. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = spec?.resources?.requests?.['storage'];
  if (asked === undefined) return undefined;
  const given = status?.allocatedResources?.['storage'];
  const { format } = parseQuantity(asked);
  const bytes = value(given !== undefined && compareQuantities(given, asked) > 0 ? given : asked);
  return { ...countOf(bytes), format };
}

const changesUsage = (old: PersistentVolumeClaim, claim: PersistentVolumeClaim): boolean =>
  old.status?.allocatedResources?.['storage'] !== claim.status?.allocatedResources?.['storage'] ||
  attributesClasses(old).join() !== attributesClasses(claim).join();

/** Its class of volume attributes, and those that it is on its way from or to. */
const attributesClasses = ({ spec, status }: PersistentVolumeClaim): string[] =>
  [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => name !== undefined && name !== '');
