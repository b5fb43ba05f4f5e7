/**
 * Unpacks Snappy, which LevelDB packs its blocks with. Throws a `RangeError` for what is no Snappy.
 *
 * The length as a varint, then elements: bytes as they are (tag 0), or a copy of so many bytes from so far back (tags 1 to 3).
 *
 * Upstream: github.com/google/snappy, format_description.txt
 */

/** The unpacked bytes. */
export function unpackSnappy(packed: Buffer): Buffer {
  let at = 0;
  let length = 0;
  for (let shift = 0, more = true; more; shift += 7) {
    const byte = packed.readUInt8(at++);
    length += (byte & 0x7f) * 2 ** shift;
    more = byte >= 0x80;
  }
  const unpacked = Buffer.alloc(length);
  let to = 0;
  const literal = (count: number): void => {
    if (at + count > packed.length || to + count > length) throw new RangeError('a literal is too long');
    packed.copy(unpacked, to, at, at + count);
    at += count;
    to += count;
  };
  const copy = (count: number, back: number): void => {
    if (back === 0 || back > to || to + count > length) throw new RangeError('a copy of what is not there');
    // Byte by byte: a copy may read what it has just written.
    for (const end = to + count; to < end; to++) unpacked[to] = unpacked[to - back]!;
  };
  while (at < packed.length) {
    const tag = packed.readUInt8(at++);
    const size = tag >>> 2;
    if ((tag & 3) === 0) {
      if (size < 60) literal(size + 1);
      else {
        const bytes = size - 59;
        const count = packed.readUIntLE(at, bytes) + 1;
        at += bytes;
        literal(count);
      }
    } else if ((tag & 3) === 1) copy((size & 7) + 4, ((tag >>> 5) << 8) | packed.readUInt8(at++));
    else {
      const bytes = (tag & 3) === 2 ? 2 : 4;
      const back = packed.readUIntLE(at, bytes);
      at += bytes;
      copy(size + 1, back);
    }
  }
  if (to !== length) throw new RangeError('it is too short');
  return unpacked;
}
