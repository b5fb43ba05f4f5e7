/**
 * Ingress: which Service answers for a host and path. Upstream: pkg/registry/networking/ingress/strategy.go,
 * pkg/printers/internalversion (printIngress)
 */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { Ingress } from '../types.ts';
import { validateIngressSpec, validateIngressStatus } from '../validation/ingress.ts';
import { ageColumn, nameColumn } from './columns.ts';

/** Tables show so many hosts. */
const shownHosts = 3;
/** Where the class stood before there was a field for it. */
const classAnnotation = 'kubernetes.io/ingress.class';

export const ingresses: Kind<Ingress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  namespaced: true,
  storagePrefix: 'ingress',
  schema: 'io.k8s.api.networking.v1.Ingress',
  shortNames: ['ing'],
  status: true,
  inert: true,
  validate: ({ metadata, spec = {} }, old) => {
    const annotated = metadata.annotations?.[classAnnotation];
    const why = 'must match `ingressClassName` when both are specified';
    const differs = !old && annotated !== undefined && spec.ingressClassName !== undefined;
    return [
      ...validateIngressSpec(spec),
      ...(differs && annotated !== spec.ingressClassName
        ? [field.invalid(`annotations.${classAnnotation}`, annotated, why)]
        : []),
    ];
  },
  validateStatus: validateIngressStatus,
  strategy: {
    prepareForCreate: (ingress) => {
      ingress.status = { loadBalancer: {} };
    },
    prepareForUpdate: (ingress, old) => {
      ingress.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Class',
      type: 'string',
      description: 'The class that says who acts on it.',
      cell: ({ spec }) => spec?.ingressClassName ?? '<none>',
    },
    { name: 'Hosts', type: 'string', description: 'Hosts that it answers for.', cell: formatHosts },
    { name: 'Address', type: 'string', description: 'Where it is reached.', cell: formatAddresses },
    {
      name: 'Ports',
      type: 'string',
      description: 'Ports that it answers on.',
      cell: ({ spec }) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80'),
    },
    ageColumn,
  ],
};

function formatHosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const hosts = rules.map(({ host }) => host).filter((host) => host !== undefined && host !== '');
  const shown = hosts.slice(0, shownHosts).join(',') || '*';
  return hosts.length > shownHosts ? `${shown} + ${rules.length - shownHosts} more...` : shown;
}

function formatAddresses({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...new Set(addresses)]
    .filter((address) => address !== '')
    .sort()
    .join(',');
}
