/**
 * What names, labels and other identifiers may look like. A validator returns what is wrong, in Kubernetes' words; the empty
 * list is a valid one.
 *
 * Upstream: apimachinery/pkg/util/validation/validation.go, pkg/api/validation/path/name.go, pkg/apis/core/validation (Ports)
 */

import { isIP } from 'node:net';

const tooLong = (max: number): string => `must be no more than ${max} bytes`;
const empty = 'must be non-empty';

const quoted = (example: string): string => `'${example}'`;

/** `TEXT (e.g. 'a',  or 'b', regex used for validation is 'R')`: Kubernetes' phrasing, double space included. */
export function regexError(text: string, regex: string, ...examples: string[]): string {
  const shown = examples.map((e, i) => (i === 0 ? `${quoted(e)}, ` : ` or ${quoted(e)}, `)).join('');
  return `${text} (${examples.length > 0 ? `e.g. ${shown}` : ''}regex used for validation is '${regex}')`;
}

const byteLength = (text: string): number => Buffer.byteLength(text);
const whole = (regex: string): RegExp => new RegExp(`^(?:${regex})$`);

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${qualifiedName})?`;
const configKey = '[-._a-zA-Z0-9]+';

const labelRegex = whole(label);
const subdomainRegex = whole(subdomain);
const label1035Regex = whole(label1035);
const qualifiedNameRegex = whole(qualifiedName);
const labelValueRegex = whole(labelValue);

const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const wildcardText =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const label1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const qualifiedText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A DNS-1123 label: namespaces, containers. */
export function dns1123LabelErrors(text: string): string[] {
  const errors = byteLength(text) > 63 ? [tooLong(63)] : [];
  if (!labelRegex.test(text)) errors.push(regexError(labelText, label, 'my-name', '123-abc'));
  return errors;
}

/** A DNS-1123 subdomain: most objects' names. */
export function dns1123SubdomainErrors(text: string): string[] {
  const errors = byteLength(text) > 253 ? [tooLong(253)] : [];
  if (!subdomainRegex.test(text)) errors.push(regexError(subdomainText, subdomain, 'example.com'));
  return errors;
}

/** A subdomain below any name: `*.example.com`. */
export function wildcardSubdomainErrors(text: string): string[] {
  const errors = byteLength(text) > 253 ? [tooLong(253)] : [];
  const regex = `\\*\\.${subdomain}`;
  if (!whole(regex).test(text)) errors.push(regexError(wildcardText, regex, '*.example.com'));
  return errors;
}

/** A DNS-1035 label: Services. */
export function dns1035LabelErrors(text: string): string[] {
  const errors = byteLength(text) > 63 ? [tooLong(63)] : [];
  if (!label1035Regex.test(text)) errors.push(regexError(label1035Text, label1035, 'my-name', 'abc-123'));
  return errors;
}

/** What may stand in a URL's path: RBAC roles. */
export function pathSegmentErrors(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((c) => text.includes(c)).map((c) => `may not contain '${c}'`);
}

/** A qualified name: `example.com/name` or `name`; resources, taints, annotation keys. */
export function qualifiedNameErrors(text: string): string[] {
  const errors: string[] = [];
  const parts = text.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${regexError(qualifiedText, qualifiedName, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === '') errors.push(`prefix part ${empty}`);
    else errors.push(...dns1123SubdomainErrors(prefix).map((e) => `prefix part ${e}`));
  }
  if (name === '') errors.push(`name part ${empty}`);
  else if (byteLength(name) > 63) errors.push(`name part ${tooLong(63)}`);
  if (!qualifiedNameRegex.test(name)) {
    errors.push(`name part ${regexError(qualifiedText, qualifiedName, 'MyName', 'my.name', '123-abc')}`);
  }
  return errors;
}

/** A label's key. */
export const labelKeyErrors = qualifiedNameErrors;

/** A label's value; may be empty. */
export function labelValueErrors(text: string): string[] {
  const errors = byteLength(text) > 63 ? [tooLong(63)] : [];
  if (!labelValueRegex.test(text)) {
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        labelValue,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

export const isLabelValue = (text: string): boolean => labelValueErrors(text).length === 0;

/** The name of an environment variable: any printable ASCII but `=`, as Kubernetes 1.34 and newer allow. */
export function envVarNameErrors(text: string): string[] {
  if (text === '') return [`environment variable name ${empty}`];
  return /^[ -<>-~]+$/.test(text)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap or a Secret, which becomes a file's name. */
export function configMapKeyErrors(text: string): string[] {
  const errors = byteLength(text) > 253 ? [tooLong(253)] : [];
  if (!whole(configKey).test(text)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configKey,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (text === '.') errors.push("must not be '.'");
  else if (text === '..') errors.push("must not be '..'");
  else if (text.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** The name of a container's port. */
export function portNameErrors(text: string): string[] {
  const errors: string[] = [];
  if (text.length > 15) errors.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(text)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) errors.push('must contain at least one letter (a-z)');
  if (text.includes('--')) errors.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** A port's number. */
export const portNumberErrors = (port: number): string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];

/** An IPv4 or IPv6 address in its usual form. */
export const ipErrors = (text: string): string[] =>
  isIP(text) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
