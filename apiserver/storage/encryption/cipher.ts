/** One key of one provider. */
export interface Cipher {
  /** `key` is the store's key of the value, which takes part where the method authenticates more than the value. */
  seal(plain: Buffer, key: string): Buffer;
  /** Throws for what this key has not sealed, as far as the method can tell. */
  open(sealed: Buffer, key: string): Buffer;
}
