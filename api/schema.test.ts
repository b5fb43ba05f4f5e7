import { describe, expect, test } from 'vitest';
import { allKinds } from './kinds/all.ts';
import { checkFields, loadDescriptions, loadSchema, prune } from './schema.ts';

const pod = 'io.k8s.api.core.v1.Pod';
const deployment = 'io.k8s.api.apps.v1.Deployment';
const withContainer = (container: object) => ({ spec: { containers: [container] } });

describe('the derived schema', () => {
  const schema = loadSchema();

  test('names every type that a field refers to', () => {
    const dangling = schema.names().flatMap((name) =>
      [...schema.mustType(name).fields].flatMap(([field, type]) => {
        let inner = type;
        while (inner.kind === 'list' || inner.kind === 'map') inner = inner.of;
        return inner.kind === 'object' && !schema.type(inner.type) ? [`${name}.${field}: ${inner.type}`] : [];
      }),
    );
    expect(dangling).toEqual([]);
  });

  test('has the types that two groups share in name under both', () => {
    expect(schema.type('io.k8s.api.core.v1.Event')?.fields.has('involvedObject')).toBe(true);
    expect(schema.type('io.k8s.api.events.v1.Event')?.fields.has('regarding')).toBe(true);
    expect(schema.type('io.k8s.api.core.v1.EndpointPort')?.required.has('port')).toBe(true);
    expect(schema.type('io.k8s.api.discovery.v1.EndpointPort')?.required.has('port')).toBe(false);
  });

  test.each([
    [pod, 'spec', { kind: 'object', type: 'io.k8s.api.core.v1.PodSpec' }],
    ['io.k8s.api.core.v1.ResourceRequirements', 'limits', { kind: 'map', of: { kind: 'quantity' } }],
    ['io.k8s.api.core.v1.ServicePort', 'targetPort', { kind: 'intOrString' }],
    ['io.k8s.api.core.v1.Secret', 'data', { kind: 'map', of: { kind: 'bytes' } }],
    ['io.k8s.api.coordination.v1.LeaseSpec', 'renewTime', { kind: 'microTime' }],
    ['io.k8s.api.apps.v1.DeploymentSpec', 'replicas', { kind: 'int32' }],
    ['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'creationTimestamp', { kind: 'time' }],
  ])('%s.%s', (type, field, expected) => {
    expect(schema.mustType(type).fields.get(field)).toEqual(expected);
  });

  test('descriptions are as people read them', () => {
    const text = loadDescriptions()['io.k8s.api.core.v1.Container']?.args;
    expect(text).toContain("The container image's CMD is used");
    expect(text).toContain('"$$(VAR_NAME)" will produce');
  });

  // An older version of a kind may be of the type of a newer one, which comes first: SelfSubjectReview.
  const ofOwnType = allKinds.filter((kind) => kind === allKinds.find(({ schema: type }) => type === kind.schema));

  test('few kinds share a type', () => {
    const others = allKinds.filter((kind) => !ofOwnType.includes(kind));
    expect(others.map(({ version, plural }) => `${plural} ${version}`)).toEqual(['selfsubjectreviews v1beta1']);
  });

  test.each(ofOwnType.map((kind) => [kind.plural, kind] as const))(
    '%s are of a type with their group, version and kind',
    (_, kind) => {
      expect(schema.mustType(kind.schema).gvk).toEqual({ group: kind.group, version: kind.version, kind: kind.kind });
      const lists = kind.unstored?.verbs.includes('list') ?? true;
      expect(schema.type(`${kind.schema}List`) !== undefined).toBe(lists);
    },
  );
});

describe('unknown fields', () => {
  test.each([
    [
      pod,
      { spec: { foo: 1, containers: [{ name: 'a', imag: 'b' }] } },
      ['unknown field "spec.foo"', 'unknown field "spec.containers[0].imag"'],
    ],
    [pod, { Spec: {} }, ['unknown field "Spec"']],
    [pod, { metadata: { labels: { anything: 'goes' } } }, []],
    [pod, { metadata: { managedFields: [{ fieldsV1: { 'f:spec': {} } }] } }, []],
  ])('%s %j', (type, object, unknown) => {
    expect(checkFields(type, object)).toEqual({ unknown, typeErrors: [] });
  });
});

describe('wrong types', () => {
  test.each<[type: string, object: unknown, error: string]>([
    [
      deployment,
      { spec: { replicas: 'two' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 3e9 } },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      pod,
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [pod, { spec: [] }, 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec'],
    [
      pod,
      withContainer({ env: [{ name: 'A', value: 1 }] }),
      'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      pod,
      { metadata: { labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      pod,
      { metadata: { labels: 'x' } },
      'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      pod,
      withContainer({ resources: { limits: { cpu: 'lots' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [pod, withContainer({ resources: { limits: { cpu: true } } }), 'quantities must match the regular expression'],
    [
      pod,
      withContainer({ livenessProbe: { httpGet: { port: true } } }),
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    [
      pod,
      { metadata: { creationTimestamp: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [
      pod,
      { metadata: { creationTimestamp: '2024-13-01T00:00:00Z' } },
      'parsing time "2024-13-01T00:00:00Z": month out of range',
    ],
    [
      pod,
      { metadata: { creationTimestamp: '2024-02-30T00:00:00Z' } },
      'parsing time "2024-02-30T00:00:00Z": day out of range',
    ],
    ['io.k8s.api.core.v1.Secret', { data: { a: 'not base64!' } }, 'illegal base64 data at input byte 3'],
    [pod, [], 'json: cannot unmarshal array into Go value of type v1.Pod'],
  ])('%s %j', (type, object, error) => {
    expect(checkFields(type, object).typeErrors[0]).toContain(error);
  });

  test.each([
    [pod, { spec: { containers: null, nodeName: null } }],
    [pod, withContainer({ resources: { limits: { cpu: 1, memory: '1Gi' } } })],
    [pod, withContainer({ livenessProbe: { httpGet: { port: 'http' } } })],
    [pod, { metadata: { creationTimestamp: null } }],
    ['io.k8s.api.core.v1.Secret', { data: { a: 'aGk=', b: '', c: 'aGVs\nbG8=' } }],
    ['io.k8s.api.coordination.v1.Lease', { spec: { renewTime: '2024-01-01T00:00:00.000000Z' } }],
  ])('none in %s %j', (type, object) => {
    expect(checkFields(type, object)).toEqual({ unknown: [], typeErrors: [] });
  });
});

describe('prune', () => {
  test.each<[what: string, type: string, object: object, pruned: object]>([
    [
      'unknown fields',
      pod,
      { foo: 1, spec: { bar: 1, containers: [{ name: 'a', baz: 1 }] } },
      { spec: { containers: [{ name: 'a' }] } },
    ],
    [
      'nulls',
      pod,
      { status: null, spec: { containers: [{ name: 'a', image: null }] } },
      { spec: { containers: [{ name: 'a' }] } },
    ],
    [
      'empty optional maps and lists',
      pod,
      { metadata: { labels: {} }, spec: { volumes: [], containers: [] } },
      { metadata: {}, spec: { containers: [] } },
    ],
    [
      'objects stay, even when empty',
      pod,
      { spec: { securityContext: {}, containers: [], volumes: [{ name: 'v', emptyDir: {} }] } },
      { spec: { securityContext: {}, containers: [], volumes: [{ name: 'v', emptyDir: {} }] } },
    ],
    [
      'quantities',
      pod,
      withContainer({ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }),
      withContainer({ name: 'a', resources: { limits: { cpu: '500m', memory: '1Gi' } } }),
    ],
    [
      'times',
      pod,
      { metadata: { creationTimestamp: '2024-01-01T02:00:00.5+02:00' } },
      { metadata: { creationTimestamp: '2024-01-01T00:00:00Z' } },
    ],
    [
      'missing required scalars',
      pod,
      withContainer({ ports: [{}] }),
      withContainer({ name: '', ports: [{ containerPort: 0 }] }),
    ],
    ['a null in a map', 'io.k8s.api.core.v1.ConfigMap', { data: { a: null } }, { data: { a: '' } }],
  ])('%s', (_what, type, object, pruned) => {
    prune(type, object);
    expect(object).toEqual(pruned);
  });
});
