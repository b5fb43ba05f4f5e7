/**
 * How LevelDB stores checksums, in logs and in tables: rotated and shifted, so that data which holds checksums does not look
 * like its own.
 *
 * Upstream: github.com/google/leveldb, util/crc32c.h
 */
import { crc32c } from './crc32c.ts';

/** Whether a stored checksum is that of the bytes. */
export function isMasked(stored: number, bytes: Uint8Array): boolean {
  const crc = crc32c(bytes);
  return stored === (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
