/** Names of signers: `example.com/serving`. Upstream: pkg/apis/certificates/validation, pkg/apis/core/validation (ValidateSignerName) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../names.ts';

const maxDomainBytes = 253;
/** A domain, a slash, and a namespace's and a resource's name with a dot between. */
const maxBytes = maxDomainBytes + 1 + 63 + 1 + 253;

/** A domain of at least two labels, a slash, and a path. */
export function validateSignerName(path: string, name: string | undefined): FieldError[] {
  if (!name) return [field.required(path)];
  const [domain = '', rest, ...more] = name.split('/');
  if (rest === undefined || more.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [field.invalid(path, name, why)];
  }
  const labels = domain.split('.');
  return [
    ...(Buffer.byteLength(domain) > maxDomainBytes ? [field.tooLong(path, maxDomainBytes)] : []),
    ...firstWrong(path, domain, labels, dns1123LabelErrors),
    ...(labels.length < 2
      ? [field.invalid(path, domain, 'should be a domain with at least two segments separated by dots')]
      : []),
    ...firstWrong(path, rest, rest.split('.'), dns1123SubdomainErrors),
    ...(Buffer.byteLength(name) > maxBytes ? [field.tooLong(path, maxBytes)] : []),
  ];
}

/** What is wrong with the first label that is not one; that of the others would read alike. */
function firstWrong(
  path: string,
  value: string,
  labels: readonly string[],
  rule: (text: string) => string[],
): FieldError[] {
  const wrong = labels.find((label) => rule(label).length > 0);
  if (wrong === undefined) return [];
  return rule(wrong).map((why) => field.invalid(path, value, `validating label ${JSON.stringify(wrong)}: ${why}`));
}
