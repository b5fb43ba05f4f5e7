/**
 * The status of a definition: which of the names it asks for are its own, and whether it is served. Names are given to whoever
 * asked first; they are free again when a definition goes. Pure.
 *
 * Upstream: apiextensions-apiserver/pkg/controller/{status/naming_controller,establish,apiapproval}
 */
import {
  approvalOf,
  type CustomResourceDefinition,
  type CustomResourceDefinitionStatus,
  type DefinitionCondition,
  type DefinitionNames,
  isProtectedGroup,
} from '../../api/custom-resource-definition.ts';
import { conditionOf, isConditionTrue, withCondition } from '../../api/meta.ts';

interface Taken {
  resources: Set<string>;
  kinds: Set<string>;
}

/** Names that definitions of the group have; the definition's own are among them. */
function takenNames(definitions: readonly CustomResourceDefinition[], group: string): Taken {
  const names = definitions.filter(({ spec }) => spec.group === group).map(({ status }) => status?.acceptedNames);
  return {
    resources: new Set(
      names.flatMap((one) => [one?.plural, one?.singular, ...(one?.shortNames ?? [])].filter(isGiven)),
    ),
    kinds: new Set(names.flatMap((one) => [one?.kind, one?.listKind].filter(isGiven))),
  };
}

const isGiven = (name: string | undefined): name is string => name !== undefined && name !== '';

const noNames: DefinitionNames = { plural: '', kind: '' };

/** The names that the definition has from now on, and what to say about those it does not get. */
export function acceptNames(
  { spec, status }: CustomResourceDefinition,
  definitions: readonly CustomResourceDefinition[],
): { names: DefinitionNames; condition: DefinitionCondition } {
  const taken = takenNames(definitions, spec.group);
  const asked = spec.names;
  const has = status?.acceptedNames ?? noNames;
  const names: DefinitionNames = { ...has };
  let condition: DefinitionCondition = {
    type: 'NamesAccepted',
    status: 'True',
    reason: 'NoConflicts',
    message: 'no conflicts found',
  };
  const refuse = (reason: string, messages: string[]): void => {
    condition = { type: 'NamesAccepted', status: 'False', reason, message: aggregate(messages) };
  };
  for (const { name, among, reason } of single) {
    const wanted = asked[name];
    if (isGiven(wanted) && wanted !== has[name] && taken[among].has(wanted)) refuse(reason, [inUse(wanted)]);
    else if (isGiven(wanted)) names[name] = wanted;
    // The short names come between the resource's names and the kinds.
    if (name !== 'singular') continue;
    const own = [has.plural, has.singular, ...(has.shortNames ?? [])];
    const conflicts = (asked.shortNames ?? []).filter((short) => !own.includes(short) && taken.resources.has(short));
    if (conflicts.length > 0) refuse('ShortNamesConflict', conflicts.map(inUse));
    else if (asked.shortNames) names.shortNames = asked.shortNames;
    else delete names.shortNames;
  }
  if (asked.categories) names.categories = asked.categories;
  else delete names.categories;
  return { names, condition };
}

const single: { name: 'plural' | 'singular' | 'kind' | 'listKind'; among: keyof Taken; reason: string }[] = [
  { name: 'plural', among: 'resources', reason: 'PluralConflict' },
  { name: 'singular', among: 'resources', reason: 'SingularConflict' },
  { name: 'kind', among: 'kinds', reason: 'KindConflict' },
  { name: 'listKind', among: 'kinds', reason: 'ListKindConflict' },
];

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;

const aggregate = (messages: string[]): string => (messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`);

/** The whole status as it should be. `served`: this server has everything in place to serve its objects. */
export function planStatus(
  definition: CustomResourceDefinition,
  definitions: readonly CustomResourceDefinition[],
  served: boolean,
  now: string,
): CustomResourceDefinitionStatus {
  const { names, condition } = acceptNames(definition, definitions);
  const { status = {} } = definition;
  // A time that somebody has left out is this one from now on.
  const timed = status.conditions?.map((one) => ({ ...one, lastTransitionTime: one.lastTransitionTime ?? now }));
  let conditions = withCondition(timed, condition, now);
  conditions = withCondition(conditions, established(definition, condition.status === 'True', served), now);
  const approval = approvalCondition(definition);
  if (approval) conditions = withCondition(conditions, approval, now);
  return { ...status, acceptedNames: names, conditions };
}

/** Once established, a definition stays so: its objects are there. */
function established(
  { status }: CustomResourceDefinition,
  namesAccepted: boolean,
  served: boolean,
): DefinitionCondition {
  const old = conditionOf(status?.conditions, 'Established');
  const type = 'Established';
  if (old?.status === 'True') return old;
  if (!namesAccepted) return { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  const message = 'the initial names have been accepted';
  return served
    ? { type, status: 'True', reason: 'InitialNamesAccepted', message }
    : { type, status: 'False', reason: 'Installing', message };
}

const approvals = {
  approved: { status: 'True', reason: 'ApprovedAnnotation' },
  bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
  invalid: { status: 'False', reason: 'InvalidAnnotation' },
  missing: { status: 'False', reason: 'MissingAnnotation' },
};

function approvalCondition({ spec, metadata }: CustomResourceDefinition): DefinitionCondition | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const { state, reason: message } = approvalOf(metadata.annotations);
  return { type: 'KubernetesAPIApprovalPolicyConformant', ...approvals[state], message };
}

/** Whether its objects can be served: it has a name for them. */
export const hasNames = ({ status }: CustomResourceDefinition): boolean =>
  isConditionTrue(status?.conditions, 'NamesAccepted') || isConditionTrue(status?.conditions, 'Established');
