/**
 * The fields that an HPACK index stands for: 61 that everybody knows, then the ones that this connection's client had us
 * remember, newest first. Together they turn a repeated header into one byte.
 *
 *     2        :method GET          the static table
 *     62       what was added last  the dynamic table
 *     63       the one before it
 *
 * Upstream: RFC 7541, section 2.3 and appendix A
 */
import { compressionError } from './error.ts';

export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** Whether HTTP/2 allows such a name and value: looked at once, however often the field is repeated. */
  readonly wellFormed: boolean;
}

/** Names are lower case; no control characters, no space around a value. */
const name = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const value = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;

export const headerField = (fieldName: string, fieldValue: string): HeaderField => ({
  name: fieldName,
  value: fieldValue,
  wellFormed: name.test(fieldName) && value.test(fieldValue),
});

/** What a field counts: RFC 7541, section 4.1. */
export const sizeOf = (field: HeaderField): number => field.name.length + field.value.length + 32;

/** Name and value in turn, as in the appendix. */
const staticFields: HeaderField[] = `
:authority|,:method|GET,:method|POST,:path|/,:path|/index.html,:scheme|http,:scheme|https,:status|200,:status|204,
:status|206,:status|304,:status|400,:status|404,:status|500,accept-charset|,accept-encoding|gzip; deflate,
accept-language|,accept-ranges|,accept|,access-control-allow-origin|,age|,allow|,authorization|,cache-control|,
content-disposition|,content-encoding|,content-language|,content-length|,content-location|,content-range|,
content-type|,cookie|,date|,etag|,expect|,expires|,from|,host|,if-match|,if-modified-since|,if-none-match|,if-range|,
if-unmodified-since|,last-modified|,link|,location|,max-forwards|,proxy-authenticate|,proxy-authorization|,range|,
referer|,refresh|,retry-after|,server|,set-cookie|,strict-transport-security|,transfer-encoding|,user-agent|,vary|,
via|,www-authenticate|`
  .split(',')
  .map((entry) => entry.trim().replace(';', ',').split('|'))
  .map(([fieldName, fieldValue]) => headerField(fieldName!, fieldValue!));

/** The index of a static field with that name, for encoders. 0: there is none. */
export const staticIndexOf = (fieldName: string): number =>
  staticFields.findIndex((field) => field.name === fieldName) + 1;

export class HpackTable {
  /** Oldest first: index 62 is the last. */
  readonly #fields: HeaderField[] = [];
  #size = 0;
  #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  at(index: number): HeaderField {
    const dynamic = index - staticFields.length;
    const field = dynamic > 0 ? this.#fields[this.#fields.length - dynamic] : staticFields[index - 1];
    if (!field) throw compressionError(`a header with index ${index}, which stands for nothing`);
    return field;
  }

  /** A field that is larger than the whole table empties it. */
  add(field: HeaderField): void {
    this.#fields.push(field);
    this.#size += sizeOf(field);
    this.#evict();
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#maxSize) this.#size -= sizeOf(this.#fields.shift()!);
  }
}
