import { describe, expect, test } from 'vitest';
import { KeyValue } from '../api/etcd.ts';
import { textOf } from './key-range.ts';
import {
  current,
  currentKey,
  DamagedError,
  isSamePastKey,
  parseCurrent,
  parseCurrentKey,
  parsePast,
  parsePastKey,
  parseRecord,
  parseRecordKey,
  past,
  pastKey,
  record,
  recordKey,
  seal,
  tombstone,
  unseal,
} from './layout.ts';

// Keys that a careless encoding would mix up with one another or with what follows them.
const keys = ['a', 'a\0', 'a\0\0', 'a\0\x01', 'a\0\xff', 'a\x01', 'a\xff', 'ab', '\0', '\0\0', '\xff', '\xff\xff'];
const positions = [
  { revision: 2, sub: 0 },
  { revision: 2, sub: 1 },
  { revision: 0xffff_ffff, sub: 0 },
  { revision: 2 ** 32, sub: 127 },
  { revision: 2 ** 40 + 7, sub: 0 },
];

describe('keys', () => {
  test('of records sort as positions do', () => {
    const entries = positions.map(({ revision, sub }) => recordKey(revision, sub));
    expect(entries.toSorted(Buffer.compare)).toEqual(entries);
    expect(entries.map(parseRecordKey)).toEqual(positions);
  });

  test('of the past sort by key, then by position', () => {
    const sorted = keys.toSorted();
    const entries = sorted.flatMap((key) => positions.map((position) => pastKey(key, position)));
    expect(entries.toSorted(Buffer.compare)).toEqual(entries);
    expect(entries.map(parsePastKey)).toEqual(sorted.flatMap(() => positions));
    for (const [i, a] of entries.entries()) {
      for (const [j, b] of entries.entries()) {
        const same = Math.floor(i / positions.length) === Math.floor(j / positions.length);
        expect(isSamePastKey(a, b), `${textOf(a)} ${textOf(b)}`).toBe(same);
      }
    }
  });

  test('of newest changes are the keys themselves', () => {
    for (const key of keys) expect(parseCurrentKey(currentKey(key))).toBe(key);
  });
});

describe('values', () => {
  test('say where the newest change is, and until when an older one was it', () => {
    for (const position of positions) {
      expect(parseCurrent(current(position, 2 ** 33))).toEqual({ ...position, first: 2 ** 33 });
      const change = { until: position.revision, deletion: position.sub > 0 };
      expect(parsePast(past(change))).toEqual(change);
    }
  });

  test('of records have a version, or are deletions', () => {
    const key = recordKey(7, 1);
    const bytes = KeyValue.encode({ key: 'k', createRevision: 3, modRevision: 7, version: 2, value: 'v', lease: 5n });
    expect(parseRecord(key, seal(key, ...record(bytes, true)))).toEqual({
      revision: 7,
      sub: 1,
      key: Buffer.from('k'),
      kv: { createRevision: 3, modRevision: 7, version: 2, lease: 5n, bytes },
      bytes,
      last: true,
    });
    expect(parseRecord(key, seal(key, ...record(tombstone(Buffer.from('k'), 7), true))).kv).toBeUndefined();
  });
});

describe('a checksum', () => {
  const key = recordKey(7, 1);
  const sealed = seal(key, Buffer.from('payload'));

  test('guards every bit of the value and of the key', () => {
    expect(unseal(key, sealed).toString()).toBe('payload');
    const flip = (bytes: Buffer, bit: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[bit >> 3]! ^= 1 << (bit & 7);
      return copy;
    };
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      expect(() => unseal(key, flip(sealed, bit)), `bit ${bit}`).toThrow(DamagedError);
    }
    for (let bit = 0; bit < key.length * 8; bit++) expect(() => unseal(flip(key, bit), sealed)).toThrow(DamagedError);
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(key, sealed.subarray(0, length))).toThrow(DamagedError);
    }
  });

  test.each([
    [recordKey(7, 1), 'the record of revision 7 (change 1)'],
    [currentKey('k'), 'the newest revision of key "k"'],
    [pastKey('k\0', { revision: 9, sub: 0 }), 'revision 9 in the history of key "k\\u0000"'],
    [Buffer.from('mterm'), 'the entry "mterm"'],
  ])('that is wrong is told by name', (entry, name) => {
    expect(() => unseal(entry, Buffer.alloc(20))).toThrow(
      `the database is damaged: the checksum of ${name} is wrong; restore a snapshot`,
    );
  });
});
