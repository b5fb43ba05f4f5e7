/** Names like `example.com/controller`. Upstream: apimachinery/pkg/util/validation (IsDomainPrefixedPath) */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors, regexError } from '../names.ts';

const pathChars = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathRegex = new RegExp(`^${pathChars}$`);

/** The value is a domain, a slash and a path. */
export function requireDomainPrefixedPath(at: string, value: string | undefined): FieldError[] {
  if (!value) return [field.required(at)];
  const slash = value.indexOf('/');
  const [host, path] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 1 || path === '') {
    return [field.invalid(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  return [
    ...dns1123SubdomainErrors(host).map((why) => field.invalid(at, host, why)),
    ...(pathRegex.test(path) ? [] : [field.invalid(at, path, regexError('Invalid path', pathChars))]),
  ];
}
