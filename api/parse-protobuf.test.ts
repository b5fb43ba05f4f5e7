import { describe, expect, test } from 'vitest';
import { ApiError } from './errors.ts';
import { allKinds } from './kinds/all.ts';
import { fieldsOf, type ProtobufType, parseProtobuf } from './parse-protobuf.ts';
import { type Init, message, repeated } from './protobuf.ts';
import { ProtobufError } from './protobuf-wire.ts';
import { type FieldType, loadSchema } from './schema.ts';

const core = (kind: string): ProtobufType => ({
  group: '',
  version: 'v1',
  kind,
  schema: `io.k8s.api.core.v1.${kind}`,
});
const apps = (kind: string): ProtobufType => ({
  group: 'apps',
  version: 'v1',
  kind,
  schema: `io.k8s.api.apps.v1.${kind}`,
});

/** What kubectl 1.33 sends, beside what it prints for the same command with `--dry-run=client -o json`, without nulls. */
const bodies: [command: string, body: string, type: ProtobufType, object: object][] = [
  [
    'create namespace a',
    'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhkKEQoBYRIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==',
    core('Namespace'),
    { metadata: { name: 'a' }, spec: {}, status: {} },
  ],
  [
    'create configmap c --from-literal=a=1 --from-literal=b=',
    'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEiIKEQoBYxIAGgAiACoAMgA4AEIAEgYKAWESATESBQoBYhIAGgAiAA==',
    core('ConfigMap'),
    { metadata: { name: 'c' }, data: { a: '1', b: '' } },
  ],
  [
    'create secret generic s --from-literal=k=v',
    'azhzAAoMCgJ2MRIGU2VjcmV0Eh0KEQoBcxIAGgAiACoAMgA4AEIAEgYKAWsSAXYaABoAIgA=',
    core('Secret'),
    { metadata: { name: 's' }, data: { k: 'dg==' } },
  ],
  [
    'create serviceaccount sa',
    'azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSFAoSCgJzYRIAGgAiACoAMgA4AEIAGgAiAA==',
    core('ServiceAccount'),
    { metadata: { name: 'sa' } },
  ],
  [
    'create deployment d --image=nginx:1.25 --replicas=0 --port=80',
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErUBChsKAWQSABoAIgAqADIAOABCAFoICgNhcHASAWQShwEIABIKCggKA2FwcBIBZBpvChoKABIAGgAiACoAMgA4AEIAWggKA2FwcBIBZBJREjMKBW5naW54EgpuZ2lueDoxLjI1KgAyCgoAEAAYUCIAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=',
    apps('Deployment'),
    {
      metadata: { name: 'd', labels: { app: 'd' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'd' } },
        template: {
          metadata: { labels: { app: 'd' } },
          spec: {
            containers: [{ name: 'nginx', image: 'nginx:1.25', ports: [{ containerPort: 80 }], resources: {} }],
          },
        },
        strategy: {},
      },
      status: {},
    },
  ],
  [
    'create service clusterip web --tcp=80:8080',
    'azhzAAoNCgJ2MRIHU2VydmljZRJpCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkIKGwoHODAtODA4MBIDVENQGFAiBwgAEJA/GgAoABIKCgNhcHASA3dlYhoAIglDbHVzdGVySVA6AEIAUgBaAGAAaAAaAgoAGgAiAA==',
    core('Service'),
    {
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }],
        selector: { app: 'web' },
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    },
  ],
  [
    'create service nodeport np --tcp=80:http --node-port=30080',
    'azhzAAoNCgJ2MRIHU2VydmljZRJqCh0KAm5wEgAaACIAKgAyADgAQgBaCQoDYXBwEgJucBJFCiAKBzgwLWh0dHASA1RDUBhQIgoIARAAGgRodHRwKIDrARIJCgNhcHASAm5wGgAiCE5vZGVQb3J0OgBCAFIAWgBgAGgAGgIKABoAIgA=',
    core('Service'),
    {
      metadata: { name: 'np', labels: { app: 'np' } },
      spec: {
        ports: [{ name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http', nodePort: 30080 }],
        selector: { app: 'np' },
        type: 'NodePort',
      },
      status: { loadBalancer: {} },
    },
  ],
];

const Unknown = message({
  typeMeta: [1, message({ apiVersion: [1, 'string'], kind: [2, 'string'] })],
  raw: [2, 'bytes'],
});

/** The body of an object whose bytes are given. */
const bodyOf = (raw: Uint8Array, typeMeta?: Init<{ apiVersion: string; kind: string }>): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), Unknown.encode({ typeMeta, raw })]);

const unhex = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** Decodes an object of a core kind from the hexadecimal text of its bytes. */
const decode = (kind: string, hex: string): Record<string, unknown> => parseProtobuf(bodyOf(unhex(hex)), core(kind));

test.each(bodies)('kubectl %s', (_, body, type, object) => {
  const { apiVersion, kind, ...rest } = parseProtobuf(Buffer.from(body, 'base64'), type);
  expect({ apiVersion, kind }).toEqual({ apiVersion: type.group ? 'apps/v1' : 'v1', kind: type.kind });
  expect(rest).toEqual(object);
});

describe('forms of values', () => {
  // Messages by hand, with numbers of their own: these are what the table is held against.
  const Time = message({ seconds: [1, 'int64'], nanos: [2, 'int32'] });
  const Quantity = message({ string: [1, 'string'] });
  const IntOrString = message({ type: [1, 'int64'], intVal: [2, 'int32'], strVal: [3, 'string'] });
  const Meta = message({
    name: [1, 'string'],
    generation: [7, 'int64'],
    creationTimestamp: [8, Time],
    finalizers: [14, repeated('string')],
    managedFields: [17, repeated(message({ manager: [1, 'string'], time: [4, Time], fieldsV1: [7, Raw()] }))],
  });
  function Raw() {
    return message({ raw: [1, 'bytes'] });
  }

  test('a pod', () => {
    const HttpGet = message({ path: [1, 'string'], port: [2, IntOrString] });
    const Container = message({
      name: [1, 'string'],
      resources: [8, message({ limits: [1, repeated(message({ key: [1, 'string'], value: [2, Quantity] }))] })],
      livenessProbe: [10, message({ handler: [1, message({ httpGet: [2, HttpGet] })], timeoutSeconds: [3, 'int32'] })],
    });
    const Volume = message({
      name: [1, 'string'],
      volumeSource: [2, message({ emptyDir: [2, Raw()], secret: [6, Raw()] })],
    });
    const Pod = message({
      metadata: [1, Meta],
      spec: [
        2,
        message({
          volumes: [1, repeated(Volume)],
          containers: [2, repeated(Container)],
          securityContext: [14, message({ supplementalGroups: [4, repeated('int64')] })],
        }),
      ],
    });
    const raw = Pod.encode({
      metadata: {
        name: 'web',
        generation: 3,
        creationTimestamp: { seconds: 1_700_000_000, nanos: 5 },
        finalizers: ['', 'example.com/wait'],
        managedFields: [{ manager: 'm', time: {}, fieldsV1: { raw: '{"f:metadata":{}}' } }],
      },
      spec: {
        volumes: [{ name: 'scratch', volumeSource: { emptyDir: {} } }],
        containers: [
          {
            name: 'main',
            resources: { limits: [{ key: 'cpu', value: { string: '500m' } }, { key: 'memory' }] },
            livenessProbe: {
              handler: { httpGet: { path: '/', port: { type: 1, strVal: 'http' } } },
              timeoutSeconds: 5,
            },
          },
        ],
        securityContext: { supplementalGroups: [0, 1000] },
      },
    });
    expect(parseProtobuf(bodyOf(raw, { apiVersion: 'v1', kind: 'Pod' }), core('Pod'))).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        generation: 3,
        creationTimestamp: '2023-11-14T22:13:20Z',
        finalizers: ['', 'example.com/wait'],
        managedFields: [{ manager: 'm', fieldsV1: { 'f:metadata': {} } }],
      },
      spec: {
        volumes: [{ name: 'scratch', emptyDir: {} }],
        containers: [
          {
            name: 'main',
            resources: { limits: { cpu: '500m', memory: null } },
            livenessProbe: { httpGet: { path: '/', port: 'http' }, timeoutSeconds: 5 },
          },
        ],
        securityContext: { supplementalGroups: [0, 1000] },
      },
    });
  });

  test('a lease, whose times have microseconds', () => {
    const Lease = message({ spec: [2, message({ renewTime: [4, Time] })] });
    const raw = Lease.encode({ spec: { renewTime: { seconds: 1, nanos: 4_567_891 } } });
    const type = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' };
    const { spec } = parseProtobuf(bodyOf(raw), { ...type, schema: 'io.k8s.api.coordination.v1.Lease' });
    expect(spec).toEqual({ renewTime: '1970-01-01T00:00:01.004567Z' });
  });

  test.each<[string, string, string, object]>([
    ['the zero of a pointer stays', 'Pod', '12 02 20 00', { spec: { terminationGracePeriodSeconds: 0 } }],
    ['the zero of a plain field goes', 'Pod', '12 02 58 00', { spec: {} }],
    ['false of a pointer stays', 'Secret', '28 00', { immutable: false }],
    ['a later zero takes an earlier value back', 'Pod', '12 04 58 01 58 00', { spec: {} }],
    ['a message in two parts is one', 'Pod', '0a 03 0a0161 0a 03 1a0162', { metadata: { name: 'a', namespace: 'b' } }],
    [
      'numbers one by one',
      'Pod',
      '12 06 72 04 2001 2002',
      { spec: { securityContext: { supplementalGroups: [1, 2] } } },
    ],
    ['negative numbers', 'Pod', '12 0b 20 ffffffffffffffffff01', { spec: { terminationGracePeriodSeconds: -1 } }],
    ['unknown fields are skipped', 'Pod', 'c2 3e 01 61 12 00', { spec: {} }],
    ['the empty time is none', 'Pod', '0a 02 42 00', { metadata: {} }],
  ])('%s', (_, kind, hex, rest) => {
    expect(decode(kind, hex)).toEqual({ apiVersion: 'v1', kind, ...rest });
  });

  test('a list in a map is a message by itself', () => {
    const certificates = { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' };
    const schema = 'io.k8s.api.certificates.v1.CertificateSigningRequest';
    const typeMeta = { apiVersion: 'certificates.k8s.io/v1', kind: certificates.kind };
    // spec { extra { key: "a" value { items: "b" items: "cc" } } extra { key: "e" value {} } }
    const raw = unhex('12 15 32 0c 0a 01 61 12 07 0a 01 62 0a 02 6363 32 05 0a 01 65 12 00');
    expect(parseProtobuf(bodyOf(raw, typeMeta), { ...certificates, schema })).toMatchObject({
      spec: { extra: { a: ['b', 'cc'], e: null } },
    });
  });

  test('any key makes an entry', () => {
    const { data } = decode('ConfigMap', '12 0e 0a 09 5f5f70726f746f5f5f 12 01 61');
    expect(Object.entries(data as object)).toEqual([['__proto__', 'a']]);
  });

  test('a body of another kind is not looked into', () => {
    const raw = Buffer.from('not a message');
    expect(parseProtobuf(bodyOf(raw, { apiVersion: 'v1', kind: 'Pod' }), core('Secret'))).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
    });
  });

  test('a kind without numbers is refused by name', () => {
    const refused = () => parseProtobuf(bodyOf(unhex('0a00')), core('PodList'));
    expect(refused).toThrow(ApiError);
    expect(refused).toThrow(/protobuf bodies with a PodList are not supported/);
  });
});

describe('schemas of custom resources', () => {
  /** A length-delimited field of less than 128 bytes. */
  const field = (number: number, ...parts: (Buffer | string)[]): Buffer => {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
    const tag = (number << 3) | 2;
    const head = tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7];
    return Buffer.concat([Buffer.from([...head, bytes.length]), bytes]);
  };
  const type = (name: string): Buffer => field(5, name);
  const read = (...parts: Buffer[]): unknown => {
    const root = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    const expected = { group: '', version: 'v1', kind: 'Schema', schema: root };
    const { apiVersion: _, kind: __, ...rest } = parseProtobuf(bodyOf(Buffer.concat(parts)), expected);
    return rest;
  };

  test.each<[string, Buffer[], object]>([
    ['a number that is no integer', [unhex('49 000000000000f83f')], { maximum: 1.5 }],
    ['a default', [field(8, field(1, '{"a":1}'))], { default: { a: 1 } }],
    ['a default that is zero', [field(8, field(1, 'false'))], { default: false }],
    ['one schema of items', [field(24, field(1, type('string')))], { items: { type: 'string' } }],
    [
      'many schemas of items',
      [field(24, field(2, type('string')), field(2, type('integer')))],
      { items: [{ type: 'string' }, { type: 'integer' }] },
    ],
    ['no other properties', [unhex('f201 02 0800')], { additionalProperties: false }],
    ['any other properties', [unhex('f201 02 0801')], { additionalProperties: true }],
    [
      'other properties of a type',
      [field(30, unhex('0800'), field(2, type('string')))],
      { additionalProperties: { type: 'string' } },
    ],
    [
      'what depends on a property',
      [field(32, field(1, 'a'), field(2, field(2, 'b'), field(2, 'c')))],
      { dependencies: { a: ['b', 'c'] } },
    ],
    [
      'properties, and names with signs',
      [field(3, '#/a'), field(29, field(1, 'a'), field(2, type('object'))), field(42, 'set')],
      { $ref: '#/a', properties: { a: { type: 'object' } }, 'x-kubernetes-list-type': 'set' },
    ],
  ])('%s', (_, parts, expected) => {
    expect(read(...parts)).toEqual(expected);
  });

  test('a number that is cut off', () => {
    expect(() => read(unhex('49 0000'))).toThrow(ProtobufError);
  });
});

describe('malformed', () => {
  test.each([
    ['no prefix', '7b7d', /does not appear to be a protobuf message/],
    ['nothing after the prefix', '6b387300', /empty body/],
    ['a cut off envelope', '6b387300 12ff', /malformed protobuf/],
  ])('%s', (_, hex, message) => {
    const refused = () => parseProtobuf(unhex(hex), core('Pod'));
    expect(refused).toThrow(ProtobufError);
    expect(refused).toThrow(message);
  });

  test.each([
    ['text for a message', 'Pod', '08 01', /wire type 0 for field metadata/],
    ['a number for an inline message', 'Pod', '12 04 0a 02 10 01', /wire type 0 for a message/],
    ['a message for a number', 'Pod', '12 02 22 00', /wire type 2 for field terminationGracePeriodSeconds/],
    ['text that is not UTF-8', 'Pod', '0a 03 0a 01 ff', /not UTF-8/],
    ['a time after the year 9999', 'Pod', '0a 09 42 07 08 8083d1ffaf07', /time is out of range/],
    ['fields that are not JSON', 'Pod', '0a 09 8a01 06 3a 04 0a 02 7b7b', /invalid character '{'/],
  ])('%s', (_, kind, hex, message) => {
    expect(() => decode(kind, hex)).toThrow(ProtobufError);
    expect(() => decode(kind, hex)).toThrow(message);
  });

  test.each(bodies)('kubectl %s, cut off or changed anywhere', (_, text, type) => {
    const body = Buffer.from(text, 'base64');
    const decodes = (bytes: Buffer): void => {
      try {
        parseProtobuf(bytes, type);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError);
      }
    };
    for (let length = 0; length < body.length; length++) decodes(body.subarray(0, length));
    for (let at = 0; at < body.length; at++) {
      for (const value of [0, 1, 2, 0x0a, 0x12, 0x7f, 0x80, 0xff, body[at]! ^ 1, body[at]! ^ 8]) {
        const changed = Buffer.from(body);
        changed[at] = value;
        decodes(changed);
      }
    }
  });
});

describe('the table', () => {
  const others = ['policy.v1.Eviction', 'autoscaling.v1.Scale'].map((name) => `io.k8s.api.${name}`);
  const options = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
  const bodyTypes = [...allKinds.map(({ schema }) => schema), ...others, options];

  test.each(bodyTypes)('has every field that a %s may have, and no other', (root) => {
    const seen = new Set([root]);
    for (const type of seen) {
      const names = namesOf(fieldsOf(type));
      expect(new Set(names).size, `${type}: names are different`).toBe(names.length);
      const wanted = [...loadSchema().mustType(type).fields].filter(([name]) => !isTypeMeta(type, name));
      expect(names.sort(), type).toEqual(wanted.map(([name]) => name).sort());
      for (const [, field] of wanted) {
        const inner = innermost(field);
        if (inner.kind === 'object') seen.add(inner.type);
      }
    }
  });

  const namesOf = (fields: ReturnType<typeof fieldsOf>): string[] =>
    [...fields.values()].flatMap((field) => ('inline' in field ? namesOf(field.inline) : [field.name]));

  /** `apiVersion` and `kind` of objects are in the envelope, those of references are fields. */
  const isTypeMeta = (type: string, name: string): boolean =>
    (name === 'apiVersion' || name === 'kind') &&
    (loadSchema().mustType(type).gvk !== undefined || bodyTypes.includes(type));

  const innermost = (type: FieldType): FieldType => ('of' in type ? innermost(type.of) : type);
});
