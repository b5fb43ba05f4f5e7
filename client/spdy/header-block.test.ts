import { constants, createDeflate, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dictionary } from './dictionary.ts';
import { HeaderReader, type Headers, HeaderWriter } from './header-block.ts';

/** Header blocks as another implementation writes them: one compressing stream, flushed after each block. */
async function compressed(...blocks: Headers[]): Promise<Buffer[]> {
  const deflate = createDeflate({ dictionary, level: 9 });
  const written: Buffer[] = [];
  for (const headers of blocks) {
    const parts: Buffer[] = [];
    const number = (value: number): void => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      parts.push(bytes);
    };
    number(Object.keys(headers).length);
    for (const text of Object.entries(headers).flat()) {
      number(text.length);
      parts.push(Buffer.from(text));
    }
    deflate.write(Buffer.concat(parts));
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    written.push(deflate.read() as Buffer);
  }
  return written;
}

const blocks: Headers[] = [
  { streamtype: 'error', port: '8080', requestid: '0' },
  { streamtype: 'data', port: '8080', requestid: '0' },
  {},
  { streamtype: 'error', port: '8080', requestid: '1', 'x-long': 'y'.repeat(20_000) },
  { streamtype: 'data', port: '8080', requestid: '1', 'x-long': 'y'.repeat(20_000) },
];

describe('header blocks', () => {
  test('the dictionary is the one of the specification', () => {
    expect([dictionary.length, deflateSync(Buffer.alloc(0), { dictionary }).toString('hex', 2, 6)]).toEqual([
      1423,
      'e3c6a7c2',
    ]);
  });

  test('are read as they were written, each building on those before', async () => {
    const reader = new HeaderReader();
    const read = (await compressed(...blocks)).map((block) => ({ ...reader.read(block) }));
    expect(read).toEqual(blocks);
  });

  test('that we write are what zlib reads, and we too', () => {
    const [reader, writer] = [new HeaderReader(), new HeaderWriter()];
    for (const headers of blocks) expect({ ...reader.read(writer.write(headers)) }).toEqual(headers);
  });

  test('have names in lower case, and several values joined', async () => {
    const [block] = await compressed({ StreamType: 'a\0b' });
    expect({ ...new HeaderReader().read(block!) }).toEqual({ streamtype: 'a, b' });
  });

  test('are refused when they are none', async () => {
    const [good] = await compressed({ a: 'b' });
    const bomb = deflateSync(Buffer.alloc(1 << 20), { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    for (const bad of [
      Buffer.alloc(0),
      Buffer.from('hello, world'),
      good!.subarray(0, 5),
      deflateSync('x', { dictionary: Buffer.from('other') }),
      deflateSync(Buffer.from([0, 0, 0, 9]), { dictionary }),
      bomb,
    ])
      expect(() => new HeaderReader().read(bad)).toThrow();
  });
});
