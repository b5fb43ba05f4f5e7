/**
 * The rules of a CertificateSigningRequest: of the request, and of what is said to it.
 * Upstream: pkg/apis/certificates/validation
 */
import { X509Certificate } from 'node:crypto';
import { certificateRequestError } from '../certificate-request.ts';
import { type FieldError, field } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import { pemBlocks } from '../pem.ts';
import type { CertificateSigningRequest } from '../types.ts';
import { duplicates, each, oneOf, required, requireOneOf } from './checks.ts';
import { validateSignerName } from './signer-name.ts';

type Spec = CertificateSigningRequest['spec'];
type Status = NonNullable<CertificateSigningRequest['status']>;
type Condition = NonNullable<Status['conditions']>[number];

const usages = [
  ...['any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment'],
  ...['decipher only', 'digital signature', 'email protection', 'encipher only', 'ipsec end system', 'ipsec tunnel'],
  ...['ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime'],
  ...['server auth', 'signing', 'timestamping'],
];

/** Conditions that are there or not, but never false. They do not go again. */
const final = ['Approved', 'Denied', 'Failed'];
/** Which of them only the approver sets. */
const approval = ['Approved', 'Denied'];

export function validateRequest(path: string, spec: Spec): FieldError[] {
  const { request, usages: wanted = [], signerName, expirationSeconds: seconds } = spec;
  const error = certificateRequestError(request);
  return [
    ...(error ? [field.invalid(`${path}.request`, request, error)] : []),
    ...(wanted.length === 0 ? [field.required(`${path}.usages`)] : []),
    ...each(`${path}.usages`, wanted, (at, usage) => oneOf(at, usage, usages)),
    ...duplicates(`${path}.usages`, wanted, '', (usage) => usage),
    ...(signerName === 'kubernetes.io/legacy-unknown'
      ? [field.invalid(`${path}.signerName`, signerName, 'the legacy signerName is not allowed via this API version')]
      : validateSignerName(`${path}.signerName`, signerName)),
    ...(seconds !== undefined && seconds < 600
      ? [
          field.invalid(
            `${path}.expirationSeconds`,
            seconds,
            'may not specify a duration less than 600 seconds (10 minutes)',
          ),
        ]
      : []),
  ];
}

/** What the approver says: conditions, and no certificate. */
export const validateApproval = (status: Status, old: Status): FieldError[] => [
  ...validateConditions('status.conditions', status.conditions ?? [], old.conditions ?? []),
  ...(isEqual(status.certificate, old.certificate)
    ? []
    : [field.forbidden('status.certificate', 'updates may not set certificate content')]),
];

/** What the signer says: a certificate, once. */
export const validateSigning = (status: Status, old: Status): FieldError[] => [
  ...validateConditions('status.conditions', status.conditions ?? [], old.conditions ?? []),
  ...(isEqual(status.certificate, old.certificate) ? [] : validateCertificate('status.certificate', status, old)),
];

function validateConditions(path: string, conditions: readonly Condition[], old: readonly Condition[]): FieldError[] {
  const [first] = conditions.filter(({ type }) => approval.includes(type));
  const other = conditions.find(({ type }) => approval.includes(type) && type !== first?.type);
  return [
    ...each(path, conditions, (at, { type, status }) => [
      ...required(`${at}.type`, type),
      ...requireOneOf(`${at}.status`, status, final.includes(type) ? ['True'] : ['False', 'True', 'Unknown']),
    ]),
    ...duplicates(path, conditions, 'type', ({ type }) => type),
    ...(other ? [field.invalid(path, other.type, 'Approved and Denied conditions are mutually exclusive')] : []),
    ...final
      .filter((type) => ofType(conditions, type).length < ofType(old, type).length)
      .map((type) => field.forbidden(path, `updates may not remove a condition of type ${JSON.stringify(type)}`)),
  ];
}

const ofType = (conditions: readonly Condition[], type: string): Condition[] =>
  conditions.filter((condition) => condition.type === type);

function validateCertificate(path: string, { certificate = '' }: Status, old: Status): FieldError[] {
  const error = certificateError(Buffer.from(certificate, 'base64').toString('latin1'));
  return [
    ...(error ? [field.invalid(path, '<certificate data>', error)] : []),
    ...(old.certificate ? [field.forbidden(path, 'updates may not modify existing certificate content')] : []),
  ];
}

function certificateError(text: string): string | undefined {
  if (text === '') return undefined;
  const blocks = pemBlocks(text);
  for (const { type, headers, bytes } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (headers) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(bytes);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}
