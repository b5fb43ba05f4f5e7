/**
 * What happens to values between the API and the store: nothing, or encryption. `Storage` asks for each kind of object; the keys
 * that the store has for other purposes are left alone.
 *
 * Upstream: apiserver/pkg/storage/value/transformer.go
 */

/** A value as it is read; `stale` when it would be written otherwise today. */
export interface Read {
  value: Buffer;
  stale: boolean;
}

export interface Transformer {
  /** `key` is the store's key of the value, to which the value is bound where that is possible. */
  toStorage(value: Buffer, key: string): Buffer;
  /** Throws for what cannot be read. */
  fromStorage(value: Buffer, key: string): Read;
}

/** Which transformer a resource has; undefined for none. */
export type TransformerOf = (group: string, plural: string) => Transformer | undefined;

const encrypted = Buffer.from('k8s:enc:');
/** `k`: no JSON begins with it, so most values need no further look. */
const firstByte = encrypted[0];

/** Reads what should be plain text. Throws for encrypted data. */
export function readPlain(value: Buffer): Buffer {
  if (value[0] === firstByte && value.subarray(0, encrypted.length).equals(encrypted)) {
    throw new Error('identity transformer tried to read encrypted data');
  }
  return value;
}
