/**
 * Accounts with the annotation `kubernetes.io/enforce-mountable-secrets` let their pods use only the Secrets that they list.
 *
 * Upstream: plugin/pkg/admission/serviceaccount (limitSecretReferences, limitEphemeralContainerSecretReferences)
 */
import type { Container, PodSpec, ServiceAccount } from '../../api/types.ts';

const annotation = 'kubernetes.io/enforce-mountable-secrets';
/** What Go's strconv.ParseBool takes for true. */
const truths = ['1', 't', 'T', 'TRUE', 'true', 'True'];

/** Whether the account's pods are limited to its secrets. */
export const enforcesMountableSecrets = ({ metadata }: ServiceAccount): boolean =>
  truths.includes(metadata.annotations?.[annotation] ?? '');

/**
 * What the spec uses and the account does not list, as the end of a refusal; undefined when there is nothing. Of an update of
 * `ephemeral` containers only those are looked at.
 */
export function secretNotMountable(spec: PodSpec, account: ServiceAccount, ephemeral: boolean): string | undefined {
  const mountable = new Set((account.secrets ?? []).map(({ name }) => name));
  const pullable = new Set((account.imagePullSecrets ?? []).map(({ name }) => name));
  const because = `is not allowed because service account ${account.metadata.name} does not reference that`;
  const of = (sort: string, containers: readonly Container[] | undefined): Use[] =>
    (containers ?? []).flatMap((container) => usesOf(sort, container));
  const uses = ephemeral
    ? of('ephemeral container', spec.ephemeralContainers as Container[] | undefined)
    : [
        ...(spec.volumes ?? []).map(({ secret }): Use => ({ what: 'volume with', secret: secret?.secretName })),
        ...of('init container', spec.initContainers),
        ...of('container', spec.containers),
      ];
  const used = uses.find(({ secret }) => secret !== undefined && !mountable.has(secret));
  if (used) return `${used.what} secret.secretName="${used.secret}" ${because} secret`;
  const pulls = ephemeral ? [] : (spec.imagePullSecrets ?? []);
  const at = pulls.findIndex(({ name }) => !pullable.has(name));
  return at < 0 ? undefined : `imagePullSecrets[${at}].name="${pulls[at]!.name}" ${because} imagePullSecret`;
}

interface Use {
  what: string;
  secret: string | undefined;
}

const usesOf = (sort: string, { name, env = [], envFrom = [] }: Container): Use[] => [
  ...env.map((variable) => ({
    what: `${sort} ${name} with envVar ${variable.name} referencing`,
    secret: variable.valueFrom?.secretKeyRef?.name,
  })),
  ...envFrom.map(({ secretRef }) => ({ what: `${sort} ${name} with envFrom referencing`, secret: secretRef?.name })),
];
