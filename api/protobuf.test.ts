import { describe, expect, test } from 'vitest';
import { enumOf, type Message, message, ProtobufError, repeated, type TypeOf } from './protobuf.ts';

const Inner = message({ id: [1, 'int64'], name: [2, 'string'] });
const Everything = message({
  flag: [1, 'bool'],
  small: [2, 'int32'],
  count: [3, 'uint32'],
  revision: [4, 'int64'],
  size: [5, 'uint64'],
  lease: [6, 'bigint64'],
  member: [7, 'biguint64'],
  text: [8, 'string'],
  raw: [9, 'bytes'],
  kind: [10, enumOf('FIRST', 'SECOND')],
  inner: [11, Inner],
  numbers: [12, repeated('int64')],
  texts: [13, repeated('string')],
  inners: [14, repeated(Inner)],
  kinds: [15, repeated(enumOf('FIRST', 'SECOND'))],
  far: [1000, 'int64'],
});

interface Tree {
  value: number;
  children: Tree[];
}
const Tree: Message<Tree> = message({ value: [1, 'int64'], children: [2, repeated((): Message<Tree> => Tree)] });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('values', () => {
  // The bytes are those of the reference implementation.
  test.each<[string, Parameters<typeof Everything.encode>[0], string]>([
    ['nothing', {}, ''],
    ['zeros', { flag: false, revision: 0, text: '', raw: '', kind: 'FIRST', numbers: [], lease: 0n }, ''],
    ['a bool', { flag: true }, '0801'],
    ['a varint of two bytes', { revision: 300 }, '20ac02'],
    ['the largest safe number', { revision: Number.MAX_SAFE_INTEGER }, '20ffffffffffffff0f'],
    ['minus one', { revision: -1 }, '20ffffffffffffffffff01'],
    ['a negative 32-bit number', { small: -2 }, '10feffffffffffffffff01'],
    ['a 64-bit identifier', { lease: 0x7fffffffffffffffn }, '30ffffffffffffffff7f'],
    ['a negative one', { lease: -1n }, '30ffffffffffffffffff01'],
    ['an unsigned one', { member: 0xffffffffffffffffn }, '38ffffffffffffffffff01'],
    ['text', { text: 'häh' }, '420468c3a468'],
    ['bytes', { raw: unhex('00ff') }, '4a0200ff'],
    ['bytes given as text', { raw: 'ab' }, '4a026162'],
    ['an enum', { kind: 'SECOND' }, '5001'],
    ['a message', { inner: { id: 1, name: 'a' } }, '5a0508011201 61'],
    ['an empty message', { inner: {} }, '5a00'],
    ['numbers, packed', { numbers: [1, 300, 0] }, '620401ac0200'],
    ['texts', { texts: ['a', ''] }, '6a01616a00'],
    ['messages', { inners: [{ id: 1 }, {}] }, '720208017200'],
    ['enums, packed', { kinds: ['SECOND', 'FIRST'] }, '7a020100'],
    ['a field number of two bytes', { far: 5 }, 'c03e05'],
    ['fields in order', { revision: 1, flag: true }, '08012001'],
  ])('%s', (_, value, encoded) => {
    expect(hex(Everything.encode(value))).toBe(encoded.replaceAll(' ', ''));
    const decoded = Everything.decode(unhex(encoded));
    expect(hex(Everything.encode(decoded))).toBe(encoded.replaceAll(' ', ''));
  });

  test('every field is there after decoding', () => {
    expect(Everything.decode(Buffer.alloc(0))).toEqual({
      ...{ flag: false, small: 0, count: 0, revision: 0, size: 0, lease: 0n, member: 0n, text: '', far: 0 },
      ...{ raw: Buffer.alloc(0), kind: 'FIRST', inner: undefined, numbers: [], texts: [], inners: [], kinds: [] },
    } satisfies TypeOf<typeof Everything>);
  });

  test('numbers of every size survive', () => {
    for (let bits = 0; bits < 53; bits++) {
      for (const value of [2 ** bits, 2 ** bits - 1, -(2 ** bits)]) {
        expect(Everything.decode(Everything.encode({ revision: value })).revision).toBe(value);
      }
    }
    for (let bits = 0n; bits < 63n; bits++) {
      for (const value of [1n << bits, (1n << bits) - 1n, -(1n << bits)]) {
        expect(Everything.decode(Everything.encode({ lease: value })).lease).toBe(value);
      }
    }
  });

  test('a message that was encoded before stands for itself', () => {
    const inner = Inner.encode({ id: 7, name: 'seven' });
    expect(Everything.decode(Everything.encode({ inner, inners: [inner] }))).toMatchObject({
      inner: { id: 7, name: 'seven' },
      inners: [{ id: 7, name: 'seven' }],
    });
  });

  test('a message larger than the buffer, and one after it', () => {
    const raw = Buffer.alloc(10_000_000, 'x');
    const { raw: decoded, ...rest } = Everything.decode(Everything.encode({ flag: true, raw, far: 1 }));
    expect(rest).toMatchObject({ flag: true, far: 1 });
    expect(raw.equals(decoded)).toBe(true);
    expect(hex(Everything.encode({ flag: true }))).toBe('0801');
  });

  test('recursion', () => {
    const tree: Tree = { value: 1, children: [{ value: 2, children: [{ value: 3, children: [] }] }] };
    expect(Tree.decode(Tree.encode(tree))).toEqual(tree);
  });

  test('a name that the enum does not have is refused', () => {
    expect(() => Everything.encode({ kind: 'THIRD' as never })).toThrow(/unknown enum value THIRD/);
  });
});

describe('what others send', () => {
  test.each([
    ['unpacked numbers', '6001 60ac02', { numbers: [1, 300] }],
    ['packed and unpacked mixed', '620101 6002', { numbers: [1, 2] }],
    ['a repeated single field: the last counts', '2001 2002', { revision: 2 }],
    ['unknown fields of every type', 'a00601 a106 0102030405060708 a20602abcd a506 01020304 2005', { revision: 5 }],
    ['an unknown group', '8307 0801 8b07 1001 8c07 8407 2005', { revision: 5 }],
    ['a varint with needless bytes', '20 8180808000', { revision: 1 }],
    ['an integer beyond what a double holds', '20 ffffffffffffffff7f', { revision: 2 ** 63 }],
  ])('%s', (_, encoded, expected) => {
    expect(Everything.decode(unhex(encoded))).toMatchObject(expected);
  });

  test.each([
    ['a tag without a value', '20'],
    ['a varint that never ends', `20 ${'ff'.repeat(11)}`],
    ['a varint that is cut off', '20 ff'],
    ['a length beyond the end', '42 05 6161'],
    ['a length of 4 GiB', '42 ffffffff0f 61'],
    ['a nested message that is cut off', '5a 03 0801'],
    ['a nested field that runs out of its message', '5a 03 12 05 61 61616161'],
    ['a packed list that is cut off', '62 02 01ff'],
    ['field number zero', '00 01'],
    ['a known field with another wire type', '22026161 0801'],
    ['a group that does not end', '8307 0801'],
    ['the end of a group that did not begin', '8407'],
    ['wire type 7', '27'],
    ['a fixed number that is cut off', 'a106 0102'],
    ['text that is not UTF-8', '42 02 c328'],
    ['an enum value without a name', '50 02'],
    ['a negative enum value', '50 ffffffffffffffffff01'],
  ])('%s is malformed', (_, encoded) => {
    expect(() => Everything.decode(unhex(encoded))).toThrow(ProtobufError);
  });

  test('of the members of a oneof, the last on the wire counts, also when it is zero', () => {
    const Choice = message(
      { before: [1, 'int64'], number: [2, 'int64'], text: [3, 'string'], inner: [4, Inner] },
      { oneof: ['number', 'text', 'inner'] },
    );
    const absent = { before: 1, number: 0, text: '', inner: undefined };
    expect(Choice.decode(unhex('0801 1005 1a0161'))).toEqual({ ...absent, text: 'a' });
    expect(Choice.decode(unhex('0801 1a0161 1005'))).toEqual({ ...absent, number: 5 });
    expect(Choice.decode(unhex('0801 1005 2200'))).toEqual({ ...absent, inner: { id: 0, name: '' } });
    expect(Choice.decode(unhex('2200 1005 1000 0801'))).toEqual(absent);
  });

  test('nesting that would exhaust the stack is refused', () => {
    let bytes: Uint8Array = Buffer.alloc(0);
    for (let depth = 0; depth < 5000; depth++) bytes = Tree.encode({ children: [bytes] });
    expect(() => Tree.decode(bytes)).toThrow(/nested too deeply/);
    expect(() => Tree.decode(Buffer.alloc(5000, 0x1b))).toThrow(/nested too deeply/);
  });

  test('bytes flipped at random are decoded or refused, nothing else', () => {
    const bytes = Everything.encode({
      flag: true,
      revision: 300,
      text: 'hello',
      inner: { id: 1, name: 'a' },
      numbers: [1, 2],
    });
    for (let at = 0; at < bytes.length; at++) {
      for (let value = 0; value < 256; value++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = value;
        try {
          Everything.decode(flipped);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }
    }
  });
});
