/**
 * A request's header list, checked as HTTP/2 wants it: the pseudo-headers first and once, nothing that belongs to a
 * connection. What `:authority` says is the client's affair: gRPC clients put a socket's path or a whole URL there.
 *
 * Upstream: RFC 9113, section 8
 */
import { errorCode, StreamError } from './error.ts';
import type { HeaderField } from './hpack-table.ts';

export interface Request {
  method: string;
  path: string;
  fields: readonly HeaderField[];
}

const pseudoHeaders = new Set([':method', ':scheme', ':authority', ':path']);
/** Of HTTP/1 connections. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

const malformed = (message: string): StreamError => new StreamError(errorCode.protocolError, message);

/** A field's value; the first one's when there are several. */
export const headerValue = (fields: readonly HeaderField[], name: string): string | undefined =>
  fields.find((field) => field.name === name)?.value;

/** Throws a StreamError when the list is malformed. */
export function parseRequest(fields: readonly HeaderField[]): Request {
  const seen = new Map<string, string>();
  let regular = false;
  for (const field of fields) {
    checkField(field);
    if (!field.name.startsWith(':')) regular = true;
    else if (regular) throw malformed(`${field.name} after other headers`);
    else if (!pseudoHeaders.has(field.name)) throw malformed(`unknown pseudo-header ${field.name}`);
    else if (seen.has(field.name)) throw malformed(`two headers ${field.name}`);
    else seen.set(field.name, field.value);
  }
  const method = seen.get(':method');
  const path = seen.get(':path');
  if (!method || !path || !seen.get(':scheme')) throw malformed('a request without :method, :scheme or :path');
  return { method, path, fields };
}

/** The same for the headers that may follow a request's body. */
export function checkTrailers(fields: readonly HeaderField[]): void {
  for (const field of fields) {
    checkField(field);
    if (field.name.startsWith(':')) throw malformed(`${field.name} in trailers`);
  }
}

function checkField({ name, value, wellFormed }: HeaderField): void {
  if (!wellFormed) throw malformed(`malformed header ${JSON.stringify(name)}`);
  if (connectionHeaders.has(name)) throw malformed(`header ${name} is for HTTP/1`);
  if (name === 'te' && value !== 'trailers') throw malformed(`header te with ${JSON.stringify(value)}`);
}
