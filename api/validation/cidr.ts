/** Ranges of addresses. Upstream: apimachinery/pkg/util/validation/ip.go (IsValidCIDR) */
import { isIP } from 'node:net';
import { type FieldError, field } from '../errors.ts';

export interface Cidr {
  address: string;
  family: 'ipv4' | 'ipv6';
  prefix: number;
}

/** Undefined for what is not a range: `10.9.8.0/24`. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  const prefix = Number(digits);
  if (family === 0 || prefix > (family === 4 ? 32 : 128)) return undefined;
  return { address, family: family === 4 ? 'ipv4' : 'ipv6', prefix };
}

/** The text is a range. */
export const cidrErrors = (path: string, text: string): FieldError[] =>
  parseCidr(text) ? [] : [field.invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
