/**
 * The string formats that a schema may name. A format that is not in this table restricts nothing, as in Kubernetes: `int32`
 * says how to print a number, not how large it may be.
 *
 * Upstream: kube-openapi/pkg/validation/strfmt, apiextensions-apiserver/pkg/apiserver/validation/formats.go
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../names.ts';

type Check = (text: string) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const uuid = (version: string): Check =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?[0-9a-f]{12}$`, 'i'));

const digitsOf = (text: string): string => text.replace(/[\s-]/g, '');

function isIsbn10(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^[0-9]{9}[0-9X]$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, i) => total + (digit === 'X' ? 10 : Number(digit)) * (10 - i), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^[0-9]{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 ? 3 : 1), 0) % 10 === 0;
}

/** The digits must pass Luhn's test. */
function isCreditCard(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^[0-9]{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const doubled = i % 2 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', more] = text.split('/');
  if (more !== undefined || !/^\d{1,3}$/.test(bits)) return false;
  return isIPv4(address) ? Number(bits) <= 32 : isIP(address) === 6 && Number(bits) <= 128;
}

function isUri(text: string): boolean {
  if (text.startsWith('/')) return !/\s/.test(text);
  return URL.canParse(text);
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts !== null && new Date(`${text}T00:00:00Z`).getUTCDate() === Number(parts[3]);
}

const isDateTime: Check = (text) =>
  /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}([.,]\d+)?([Zz]|[+-]\d{2}:?\d{2})?$/.test(text) &&
  isDate(text.slice(0, 10)) &&
  !Number.isNaN(Date.parse(text.replace(',', '.')));

const units =
  'ns|us|µs|μs|ms|s|m|h|d|w|nanos?|nanoseconds?|micros?|microseconds?|millis?|milliseconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|wks?|weeks?';
const isDuration = matches(
  new RegExp(`^([+-]?0|[+-]?(\\d+(\\.\\d*)?|\\.\\d+)\\s*(${units})(\\s*(\\d+(\\.\\d*)?|\\.\\d+)\\s*(${units}))*)$`),
);

const checks: Record<string, Check> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isUri,
  email: matches(/^([^\s@<>]+@[^\s@<>]+|[^<>]*<[^\s@<>]+@[^\s@<>]+>)$/),
  hostname: (text) =>
    text.length <= 255 &&
    text.split('.').every((label) => /^[\p{L}\p{N}]([\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?$/u.test(label)),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: matches(/^([0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5,19}|[0-9a-fA-F]{4}(\.[0-9a-fA-F]{4}){2,9})$/),
  uuid: uuid('[0-9a-f]{4}-?[0-9a-f]{4}'),
  uuid3: uuid('3[0-9a-f]{3}-?[0-9a-f]{4}'),
  uuid4: uuid('4[0-9a-f]{3}-?[89ab][0-9a-f]{3}'),
  uuid5: uuid('5[0-9a-f]{3}-?[89ab][0-9a-f]{3}'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(
    /^rgb\(\s*(((0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])\s*,\s*){2}(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])|((0|[1-9]\d?|100)%\s*,\s*){2}(0|[1-9]\d?|100)%)\s*\)$/,
  ),
  byte: matches(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  password: () => true,
  date: isDate,
  datetime: isDateTime,
  duration: isDuration,
  'k8s-short-name': (text) => dns1123LabelErrors(text).length === 0,
  'k8s-long-name': (text) => dns1123SubdomainErrors(text).length === 0,
};

/** The check of a format; undefined when the format is not one that is checked. Dashes do not count: `date-time`. */
export function formatCheck(format: string | undefined): Check | undefined {
  if (!format) return undefined;
  if (Object.hasOwn(checks, format)) return checks[format];
  const plain = format.replaceAll('-', '');
  return Object.hasOwn(checks, plain) ? checks[plain] : undefined;
}
