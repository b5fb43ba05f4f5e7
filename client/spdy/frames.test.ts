import { describe, expect, test } from 'vitest';
import { dataHead, encode, type Frame, FrameReader } from './frames.ts';

const block = Buffer.from('block');
const stream: [Buffer, Frame][] = [
  [encode.synStream(1, block), { type: 'synStream', stream: 1, fin: false, block }],
  [encode.synReply(1, block), { type: 'synReply', stream: 1, fin: false, block }],
  [
    Buffer.concat([dataHead(1, 5, false), Buffer.from('hello')]),
    { type: 'data', stream: 1, fin: false, data: Buffer.from('hello') },
  ],
  [encode.ping(7), { type: 'ping', id: 7 }],
  [dataHead(1, 0, true), { type: 'data', stream: 1, fin: true, data: Buffer.alloc(0) }],
  [encode.reset(3, 5), { type: 'reset', stream: 3, status: 5 }],
  [Buffer.from('8003000400000004000000ff', 'hex'), { type: 'other' }],
  [Buffer.from('800300090000000800000001000000ff', 'hex'), { type: 'other' }],
  [encode.goAway(3, 0), { type: 'goAway', lastStream: 3, status: 0 }],
];
const bytes = Buffer.concat(stream.map(([encoded]) => encoded));

describe('frames', () => {
  test('are read as they were written', () => {
    expect([...new FrameReader().push(bytes)]).toEqual(stream.map(([, frame]) => frame));
  });

  test('may come in pieces of any size; those of a data frame are passed on as they come', () => {
    for (let size = 1; size < bytes.length; size++) {
      const reader = new FrameReader();
      const frames: Frame[] = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...reader.push(bytes.subarray(at, at + size)));
      expect(frames.filter(({ type }) => type !== 'data')).toEqual(
        stream.map(([, frame]) => frame).filter(({ type }) => type !== 'data'),
      );
      const data = frames.filter((frame) => frame.type === 'data');
      expect([Buffer.concat(data.map((frame) => frame.data)).toString(), data.filter(({ fin }) => fin).length]).toEqual(
        ['hello', 1],
      );
    }
  });

  test('of another version, too long, or too short for their type, are refused', () => {
    const bad = [
      '8002000600000004' + '00000001',
      '8003000601000000',
      '8003000600000002' + '0001',
      '8003000100000004' + '00000001',
    ];
    for (const hex of bad) expect(() => [...new FrameReader().push(Buffer.from(hex, 'hex'))]).toThrow('the frame');
  });
});
