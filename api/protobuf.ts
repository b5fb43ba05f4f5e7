/**
 * A protobuf codec driven by tables: `message({ key: [1, 'bytes'], revision: [3, 'int64'] })` is a message that encodes,
 * decodes, and has an inferred TypeScript type. Nothing is generated and no .proto file is read.
 *
 * - Decoding fills every field: zero for a scalar, `[]` for a repeated field, `undefined` for an absent message.
 *   Unknown fields are skipped. Malformed input, which includes a known field of another wire type, throws `ProtobufError`.
 * - Decoded bytes are views into the input. Copy what is kept longer than the input should live.
 * - Encoding leaves out zeros. Bytes may be given as text (UTF-8). Wherever a message is expected, the bytes of an
 *   encoded message may stand, so that something encoded once can be sent many times.
 * - `int64` and `uint64` are numbers: right for revisions, sizes and limits, while digits beyond 2^53 are lost.
 *   `bigint64` and `biguint64` keep every digit: right for identifiers.
 * - A oneof is its member fields, named in the second argument; give one of them. When more are on the wire the last counts,
 *   and the others decode as absent.
 *
 * Upstream: protobuf.dev/programming-guides/encoding. Left out: maps, fixed-width and zigzag numbers;
 * groups are only skipped.
 */
import { Reader, Writer, wire } from './protobuf-wire.ts';

export { ProtobufError } from './protobuf-wire.ts';

interface ScalarTypes {
  bool: boolean;
  int32: number;
  uint32: number;
  int64: number;
  uint64: number;
  bigint64: bigint;
  biguint64: bigint;
  string: string;
  bytes: Buffer;
}

/** An enum whose value is its name. */
interface Enum<Name extends string> {
  readonly names: readonly Name[];
}

interface Repeated<T> {
  readonly repeated: T;
}

type Single = keyof ScalarTypes | Enum<string> | Message<unknown> | (() => Message<unknown>);
type Fields = { readonly [name: string]: readonly [tag: number, type: Single | Repeated<Single>] };

type Item<T> = T extends keyof ScalarTypes
  ? ScalarTypes[T]
  : T extends Enum<infer Name>
    ? Name
    : T extends Message<infer M>
      ? M
      : T extends () => Message<infer M>
        ? M
        : never;
type FieldValue<T> =
  T extends Repeated<infer U> ? Item<U>[] : T extends keyof ScalarTypes | Enum<string> ? Item<T> : Item<T> | undefined;
type Decoded<F extends Fields> = { -readonly [K in keyof F]: FieldValue<F[K][1]> };

/** What `encode` accepts for a decoded type: every field may be left out. */
export type Init<T> = T extends Uint8Array
  ? Uint8Array | string
  : T extends string | number | bigint | boolean | undefined
    ? T
    : T extends readonly (infer U)[]
      ? readonly Init<U>[]
      : { readonly [K in keyof T]?: Init<T[K]> | undefined } | Uint8Array;

export interface Message<T> {
  encode(value: Init<T>): Buffer;
  decode(bytes: Uint8Array): T;
  /** For fields of other messages. */
  readonly inner: Codec;
}

/** The decoded type of a message: `TypeOf<typeof KeyValue>`. */
export type TypeOf<M> = M extends Message<infer T> ? T : never;

/** Enums count from zero: `enumOf('PUT', 'DELETE')`. A number without a name is malformed. */
export const enumOf = <const Names extends readonly string[]>(...names: Names): Enum<Names[number]> => ({ names });

/** Packed and unpacked forms are both read. Numbers are written packed. */
export const repeated = <T extends Single>(type: T): Repeated<T> => ({ repeated: type });

/** How one value of a type goes over the wire, without its tag. */
interface Codec {
  wireType: number;
  zero: unknown;
  read(reader: Reader): unknown;
  write(writer: Writer, value: never): void;
}

const scalars: Record<keyof ScalarTypes, Codec> = {
  bool: {
    wireType: wire.varint,
    zero: false,
    read: (r) => r.varint() !== 0,
    write: (w, v: boolean) => w.varint(v ? 1 : 0),
  },
  int32: { wireType: wire.varint, zero: 0, read: (r) => r.varint() | 0, write: (w, v: number) => w.varint(v) },
  uint32: { wireType: wire.varint, zero: 0, read: (r) => r.varint() >>> 0, write: (w, v: number) => w.varint(v) },
  int64: { wireType: wire.varint, zero: 0, read: (r) => r.varint(), write: (w, v: number) => w.varint(v) },
  uint64: { wireType: wire.varint, zero: 0, read: (r) => r.unsignedVarint(), write: (w, v: number) => w.varint(v) },
  bigint64: {
    wireType: wire.varint,
    zero: 0n,
    read: (r) => r.bigVarint(true),
    write: (w, v: bigint) => w.bigVarint(v),
  },
  biguint64: {
    wireType: wire.varint,
    zero: 0n,
    read: (r) => r.bigVarint(false),
    write: (w, v: bigint) => w.bigVarint(v),
  },
  string: { wireType: wire.bytes, zero: '', read: (r) => r.text(), write: (w, v: string) => w.bytes(v) },
  bytes: {
    wireType: wire.bytes,
    zero: Buffer.alloc(0),
    read: (r) => r.bytes(),
    write: (w, v: Uint8Array | string) => w.bytes(v),
  },
};

const enumCodec = ({ names }: Enum<string>): Codec => ({
  wireType: wire.varint,
  zero: names[0],
  read(reader) {
    const number = reader.varint();
    return names[number] ?? reader.fail(`no name for enum value ${number}`);
  },
  write(writer, value: string) {
    const number = names.indexOf(value);
    if (number < 0) throw new TypeError(`unknown enum value ${value}, expected one of ${names.join(', ')}`);
    writer.varint(number);
  },
});

function codecOf(type: Single): Codec {
  if (typeof type === 'string') return scalars[type];
  if (typeof type === 'object') return 'names' in type ? enumCodec(type) : type.inner;
  // Recursive messages name each other before both exist.
  return {
    wireType: wire.bytes,
    zero: undefined,
    read: (r) => type().inner.read(r),
    write: (w, v) => type().inner.write(w, v),
  };
}

interface Field {
  name: string;
  number: number;
  repeated: boolean;
  packed: boolean;
  codec: Codec;
  /** The other members of its oneof. */
  rivals: Field[];
}

/** Declares a message. A field is `[number, type]`; `oneof` names the fields of which at most one is set. */
export function message<const F extends Fields>(
  table: F,
  { oneof = [] }: { oneof?: readonly (keyof F)[] } = {},
): Message<Decoded<F>> {
  const fields: Field[] = Object.entries(table).map(([name, [number, type]]) => {
    const isRepeated = typeof type === 'object' && 'repeated' in type;
    const codec = codecOf(isRepeated ? type.repeated : type);
    return {
      name,
      number,
      repeated: isRepeated,
      packed: isRepeated && codec.wireType === wire.varint,
      codec,
      rivals: [],
    };
  });
  const members = fields.filter(({ name }) => oneof.includes(name));
  for (const member of members) member.rivals = members.filter((other) => other !== member);
  const byNumber: (Field | undefined)[] = [];
  for (const field of fields) byNumber[field.number] = field;
  const lists = fields.filter((field) => field.repeated).map((field) => field.name);
  // Copying one template gives every decoded object the same hidden class.
  const template = Object.fromEntries(
    fields.map((field) => [field.name, field.repeated ? undefined : field.codec.zero]),
  );

  const inner: Codec = {
    wireType: wire.bytes,
    zero: undefined,
    read: (reader) => {
      const outer = reader.enter();
      const value = read(reader);
      reader.leave(outer);
      return value;
    },
    write: (writer, value: unknown) => {
      const before = writer.size;
      write(writer, value);
      writer.length(before);
    },
  };

  function read(reader: Reader): Record<string, unknown> {
    const out: Record<string, unknown> = { ...template };
    for (const name of lists) out[name] = [];
    while (!reader.done) {
      const tag = reader.tag();
      const field = byNumber[tag >>> 3];
      const wireType = tag & 7;
      if (field === undefined) reader.skip(wireType);
      else if (wireType === field.codec.wireType) {
        const value = field.codec.read(reader);
        if (field.repeated) (out[field.name] as unknown[]).push(value);
        else {
          out[field.name] = value;
          for (const rival of field.rivals) out[rival.name] = rival.codec.zero;
        }
      } else if (field.packed && wireType === wire.bytes) readPacked(reader, field.codec, out[field.name] as unknown[]);
      else reader.fail(`wire type ${wireType} for field ${field.name}`);
    }
    return out;
  }

  // The writer fills its buffer from the end, so fields and list items go in backwards.
  function write(writer: Writer, value: unknown): void {
    if (value instanceof Uint8Array) {
      writer.raw(value);
      return;
    }
    for (let i = fields.length - 1; i >= 0; i--) {
      const field = fields[i]!;
      const item = (value as Record<string, unknown>)[field.name];
      if (item === undefined) continue;
      if (field.repeated) writeList(writer, field, item as unknown[]);
      else if (!isZero(item, field.codec.zero)) {
        field.codec.write(writer, item as never);
        writer.tag(field.number, field.codec.wireType);
      }
    }
  }

  return {
    inner,
    encode: (value) => Writer.run((writer) => write(writer, value)),
    decode: (bytes) => read(new Reader(bytes)) as Decoded<F>,
  };
}

const isZero = (value: unknown, zero: unknown): boolean =>
  value === zero || (zero instanceof Uint8Array && (value as Uint8Array | string).length === 0);

function readPacked(reader: Reader, codec: Codec, list: unknown[]): void {
  const outer = reader.enter();
  while (!reader.done) list.push(codec.read(reader));
  reader.leave(outer);
}

function writeList(writer: Writer, { number, packed, codec }: Field, list: unknown[]): void {
  const before = writer.size;
  for (let i = list.length - 1; i >= 0; i--) {
    codec.write(writer, list[i] as never);
    if (!packed) writer.tag(number, codec.wireType);
  }
  if (packed && list.length > 0) {
    writer.length(before);
    writer.tag(number, wire.bytes);
  }
}
