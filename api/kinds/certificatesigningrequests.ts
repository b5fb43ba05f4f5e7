/**
 * CertificateSigningRequest: a wish for a certificate. Who wishes it is whoever creates it; the wish never changes; one answers
 * it through `approval`, and another puts the certificate into the status.
 *
 * Upstream: pkg/registry/certificates/certificates/strategy.go, pkg/printers/internalversion (printCertificateSigningRequest)
 */
import { humanDuration } from '../age.ts';
import type { Kind } from '../kind.ts';
import { conditionOf } from '../meta.ts';
import type { CertificateSigningRequest } from '../types.ts';
import { validateApproval, validateRequest, validateSigning } from '../validation/certificate-signing-request.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

type Status = NonNullable<CertificateSigningRequest['status']>;
type Condition = NonNullable<Status['conditions']>[number];

export const certificatesigningrequests: Kind<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  namespaced: false,
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  shortNames: ['csr'],
  nameRule: 'path-segment',
  generation: false,
  status: true,
  subresources: { approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] } },
  setDefaults: (request) => {
    request.spec ??= { request: '', signerName: '' };
  },
  validate: ({ spec }, old) => (old ? [] : validateRequest('spec', spec)),
  validateStatus: ({ status = {} }, old) => validateSigning(status, old.status ?? {}),
  parts: {
    approval: {
      prepareForUpdate: (request, old, { now }) => {
        request.spec = old.spec;
        setConditions(request, { ...old.status, conditions: request.status?.conditions }, old, now);
      },
      validate: ({ status = {} }, old) => validateApproval(status, old.status ?? {}),
    },
  },
  strategy: {
    prepareForCreate: (request, { user }) => {
      const { uid: _, extra: __, groups: ___, ...wish } = request.spec;
      request.spec = {
        ...wish,
        username: user.name,
        ...(user.uid && { uid: user.uid }),
        ...(user.groups.length > 0 && { groups: [...user.groups] }),
        ...(user.extra && { extra: user.extra }),
      };
      request.status = {};
    },
    prepareForUpdate: (request, old) => {
      request.spec = old.spec;
      request.status = old.status;
    },
    prepareForStatusUpdate: (request, old, { now }) => {
      const status = request.status ?? {};
      setConditions(request, { ...status, conditions: withApprovals(status.conditions, old) }, old, now);
    },
  },
  fieldSelectors: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  columns: [
    nameColumn,
    ageColumn,
    {
      name: 'SignerName',
      type: 'string',
      description: 'Who is to sign it.',
      cell: ({ spec }) => orNone(spec?.signerName),
    },
    { name: 'Requestor', type: 'string', description: 'Who wishes it.', cell: ({ spec }) => spec?.username ?? '' },
    {
      name: 'RequestedDuration',
      type: 'string',
      description: 'How long the certificate should be good.',
      cell: ({ spec }) =>
        spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    },
    { name: 'Condition', type: 'string', description: 'What came of it.', cell: formatState },
  ],
};

/** A signer's conditions, with the approvals as they were. One that adds or drops some changes no condition at all. */
function withApprovals(
  conditions: Condition[] | undefined,
  { status }: CertificateSigningRequest,
): Condition[] | undefined {
  const has = (list: Condition[] | undefined, type: string): boolean => conditionOf(list, type) !== undefined;
  const same = ['Approved', 'Denied'].every((type) => has(conditions, type) === has(status?.conditions, type));
  if (!same) return status?.conditions;
  const isApproval = ({ type }: Condition): boolean => type === 'Approved' || type === 'Denied';
  return conditions?.map(
    (condition) => (isApproval(condition) && conditionOf(status?.conditions, condition.type)) || condition,
  );
}

/** Gives the request that status, with the times that its conditions lack. */
function setConditions(
  request: CertificateSigningRequest,
  status: Status,
  old: CertificateSigningRequest,
  now: string,
): void {
  const { conditions, ...rest } = status;
  request.status = rest;
  if (!conditions) return;
  request.status.conditions = conditions.map((condition) => {
    const before = old.status?.conditions?.find((c) => c.type === condition.type && c.status === condition.status);
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? now,
    };
  });
}

function formatState({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => conditionOf(status?.conditions, type) !== undefined;
  const answer = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${answer}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}
