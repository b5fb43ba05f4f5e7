/**
 * Where a webhook is reached, and in which versions it is asked.
 * Upstream: apiserver/pkg/util/webhook/validation.go, pkg/apis/admissionregistration/validation
 */
import { type FieldError, field } from '../errors.ts';
import { dns1035LabelErrors, dns1123SubdomainErrors, portNumberErrors } from '../names.ts';
import { each } from './checks.ts';

interface ClientConfig {
  url?: string;
  service?: { namespace: string; name: string; path?: string; port?: number };
}

const form = '; desired format: https://host[/path]';

/** Scheme, authority, path, query and fragment. Upstream: RFC 3986, appendix B */
const uri = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

/** By a URL or through a Service. */
export function validateWebhookClient(path: string, { url, service }: ClientConfig): FieldError[] {
  if (url !== undefined && service === undefined) return validateWebhookUrl(`${path}.url`, url);
  if (service !== undefined && url === undefined) return validateWebhookService(`${path}.service`, service);
  return [field.required(path, 'exactly one of url or service is required')];
}

function validateWebhookUrl(path: string, url: string): FieldError[] {
  const unprintable = [...url].some((char) => char <= ' ' || char === '\x7f');
  if (unprintable) {
    return [field.required(path, `url must be a valid URL: net/url: invalid control character in URL${form}`)];
  }
  const [, scheme = '', authority = '', query = '', fragment = ''] = uri.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const wrong = (bad: boolean, value: string, why: string): FieldError[] =>
    bad ? [field.invalid(path, value, why)] : [];
  return [
    ...wrong(scheme !== 'https', scheme, `'https' is the only allowed URL scheme${form}`),
    ...wrong(host === '', host, `host must be provided${form}`),
    ...wrong(at >= 0, authority.slice(0, Math.max(at, 0)), 'user information is not permitted in the URL'),
    ...wrong(fragment !== '', fragment, 'fragments are not permitted in the URL'),
    ...wrong(query !== '', query, 'query parameters are not permitted in the URL'),
  ];
}

function validateWebhookService(
  at: string,
  { namespace, name, path = '', port = 443 }: NonNullable<ClientConfig['service']>,
): FieldError[] {
  const portErrors = portNumberErrors(port);
  return [
    ...(name ? [] : [field.required(`${at}.name`, 'service name is required')]),
    ...(namespace ? [] : [field.required(`${at}.namespace`, 'service namespace is required')]),
    ...(portErrors.length > 0
      ? [field.invalid(`${at}.port`, port, `port is not valid: ${portErrors.join(', ')}`)]
      : []),
    ...validateServicePath(`${at}.path`, path),
  ];
}

function validateServicePath(at: string, path: string): FieldError[] {
  const wrong = (why: string): FieldError => field.invalid(at, path, why);
  if (path === '' || path === '/') return [];
  if (path === '//') return [wrong('segment[0] may not be empty')];
  const segments = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(path.startsWith('/') ? [] : [wrong("must start with a '/'")]),
    ...segments.flatMap((segment, i) =>
      segment === ''
        ? [wrong(`segment[${i}] may not be empty`)]
        : dns1123SubdomainErrors(segment).map((why) => wrong(`segment[${i}]: ${why}`)),
    ),
  ];
}

/** Versions of the questions that this server asks. */
export const reviewVersions = ['v1', 'v1beta1'];

/** One that this server speaks, and none twice. */
export function validateReviewVersions(path: string, versions: readonly string[] = [], missing?: string): FieldError[] {
  if (versions.length === 0) return [field.required(path, missing)];
  return [
    ...each(path, versions, (at, version, i) =>
      versions.indexOf(version) < i
        ? [field.invalid(at, version, 'duplicate version')]
        : dns1035LabelErrors(version).map((why) => field.invalid(at, version, why)),
    ),
    ...(versions.some((version) => reviewVersions.includes(version))
      ? []
      : [field.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)]),
  ];
}
