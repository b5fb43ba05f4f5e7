/** Reads from an encoded WatchResponse only what the benchmark needs, so that the watching client costs little. */

/** Field numbers of WatchResponse in api/etcd.ts. */
const eventsField = 11;
const bytesType = 2;

/** How many events it carries. */
export function countEvents(response: Buffer): number {
  let events = 0;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = response[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < response.length) {
    const tag = varint();
    const value = varint();
    // Fields of WatchResponse are numbers or have a length.
    if ((tag & 7) === bytesType) at += value;
    if (tag >>> 3 === eventsField) events++;
  }
  return events;
}
