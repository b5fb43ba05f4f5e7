/**
 * ServiceCIDR: a range that Services get their addresses from.
 * Upstream: pkg/registry/networking/servicecidr/strategy.go, pkg/apis/networking/validation (ValidateServiceCIDR)
 */
import { isIP } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { ServiceCIDR } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { each } from '../validation/checks.ts';
import { cidrErrors } from '../validation/cidr.ts';
import { validateConditions } from '../validation/conditions.ts';
import { ageColumn, nameColumn } from './columns.ts';

const path = 'spec.cidrs';

export const servicecidrs: Kind<ServiceCIDR> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  generation: false,
  status: true,
  inert: true,
  validate: ({ spec }, old) => [
    ...validateRanges(spec?.cidrs ?? []),
    ...(old ? validateUpdate(spec?.cidrs ?? [], old.spec?.cidrs ?? []) : []),
  ],
  validateStatus: ({ status }) => validateConditions('status.conditions', status?.conditions),
  strategy: {
    prepareForCreate: (range) => {
      range.status = {};
    },
    prepareForUpdate: (range, old) => {
      range.status = old.status;
    },
  },
  columns: [
    nameColumn,
    { name: 'CIDRs', type: 'string', description: 'The ranges.', cell: ({ spec }) => (spec?.cidrs ?? []).join(',') },
    ageColumn,
  ],
};

/** One range, or one of each family. */
function validateRanges(cidrs: string[]): FieldError[] {
  if (cidrs.length === 0) return [field.required(path, 'at least one CIDR required')];
  if (cidrs.length > 2) return [field.invalid(path, { cidrs }, 'may only hold up to 2 values')];
  const families = new Set(cidrs.map((cidr) => isIP(cidr.split('/')[0]!)));
  if (families.size < cidrs.length) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    return [field.invalid(path, { cidrs }, why)];
  }
  return each(path, cidrs, cidrErrors);
}

/** A range of the other family may be added; nothing else changes. */
const validateUpdate = (cidrs: string[], old: string[]): FieldError[] => [
  ...old.flatMap((cidr, i) => unchanged(`${path}[${i}]`, cidrs[i], cidr)),
  ...(old.length > 1
    ? cidrs.slice(old.length).map((cidr, i) => field.invalid(`${path}[${i}]`, cidr, 'field is immutable'))
    : []),
];
