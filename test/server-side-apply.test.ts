/** Server-side apply on the wire: by raw requests and by kubectl. */
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './harness/eventually.ts';
import type { Line } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';
import { deploymentOf, deployments, mapOf, maps, ownersOf, writesTo } from './harness/writes.ts';

const manifest = (image: string, replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: "${image}" }] }
`;

const lines: Line[] = [
  ['kubectl apply --server-side -f web.yaml', 'deployment.apps/web serverside-applied'],
  ['kubectl apply --server-side -f web.yaml', 'deployment.apps/web serverside-applied'],
  ['kubectl get deployment web -o jsonpath={.metadata.generation}', '1'],
  // Everything is hidden that a person does not ask for.
  ['kubectl get deployment web -o yaml | grep -c managedFields', { status: 1, stdout: '0' }],
  [
    `kubectl get deployment web --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager} {.metadata.managedFields[0].operation}'`,
    'kubectl Apply',
  ],
  ['kubectl scale deployment web --replicas=5', 'deployment.apps/web scaled'],
  [
    'kubectl apply --server-side -f web2.yaml',
    {
      status: 1,
      stderr:
        /Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps\/v1: \.spec\.replicas/,
    },
  ],
  [
    'kubectl apply --server-side --field-manager=ci -f web2.yaml',
    { status: 1, stderr: /conflicts with "kubectl":\n- \.spec\.template\.spec\.containers\[name="c"\]\.image/ },
  ],
  [
    'kubectl apply --server-side --force-conflicts --field-manager=ci -f web2.yaml',
    'deployment.apps/web serverside-applied',
  ],
  ['kubectl get deployment web -o jsonpath={.spec.replicas}', '2'],
  [
    `kubectl get deployment web --show-managed-fields -o jsonpath='{.metadata.managedFields[?(@.operation=="Apply")].manager}' | xargs -n1 | sort | xargs`,
    'ci kubectl',
  ],
  // From client-side apply to server-side apply and back.
  ['kubectl create -f map.yaml --save-config', 'configmap/settings created'],
  ['kubectl apply -f map.yaml', 'configmap/settings unchanged'],
  ['kubectl apply --server-side -f map2.yaml', 'configmap/settings serverside-applied'],
  ['kubectl get configmap settings -o jsonpath={.data}', '{"colour":"green"}'],
  // The annotation that server-side apply leaves is worded a little differently.
  ['kubectl apply -f map2.yaml', 'configmap/settings configured'],
  ['kubectl apply -f map2.yaml', 'configmap/settings unchanged'],
  ['kubectl apply -f map.yaml', 'configmap/settings configured'],
  ['kubectl get configmap settings -o jsonpath={.data}', '{"colour":"blue","size":"1"}'],
  [
    'kubectl apply --server-side --dry-run=server --force-conflicts --field-manager=ci -f web.yaml',
    'deployment.apps/web serverside-applied (server dry run)',
  ],
  [
    'kubectl diff --server-side --force-conflicts --field-manager=ci -f web.yaml',
    { status: 1, stdout: /-\s+- image: i:2\n\+\s+- image: i:1/ },
  ],
];

const map = (data: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { ${data} }
`;

const suite = kubectlSuite(25300, [
  {
    name: 'server-side apply',
    files: {
      'web.yaml': manifest('i:1', 1),
      'web2.yaml': manifest('i:2', 2),
      'map.yaml': map('colour: blue, size: "1"'),
      'map2.yaml': map('colour: green'),
    },
    lines,
  },
]);

const { ask, apply, patch } = writesTo(() => suite.server);

describe('applying', () => {
  test('creates, changes, does nothing, takes away what is no longer listed', async () => {
    const path = `${maps}/life`;
    const created = await apply(path, 'fieldManager=a', mapOf('life', { x: '1', y: '1' }));
    expect([created.status, created.body.data]).toEqual([201, { x: '1', y: '1' }]);
    expect(ownersOf(created.body)).toEqual({ 'Apply a': { 'f:data': { 'f:x': {}, 'f:y': {} } } });
    const changed = await apply(path, 'fieldManager=a', mapOf('life', { x: '2', y: '1' }));
    expect([changed.status, changed.body.data]).toEqual([200, { x: '2', y: '1' }]);
    const again = await apply(path, 'fieldManager=a', mapOf('life', { x: '2', y: '1' }));
    expect(again.body).toEqual(changed.body);
    const { body } = await apply(path, 'fieldManager=a', mapOf('life', { x: '2' }));
    expect(body.data).toEqual({ x: '2' });
  });

  test('takes YAML', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata: {a: "1"}\n';
    expect(await apply(`${maps}/yaml`, 'fieldManager=a', yaml)).toMatchObject({
      status: 201,
      body: { data: { a: '1' } },
    });
  });

  test('conflicts, and force', async () => {
    const path = `${deployments}/fight`;
    await ask('POST', `${deployments}?fieldManager=maker`, deploymentOf('fight', { replicas: 1 }));
    const refused = await apply(path, 'fieldManager=a', deploymentOf('fight', { replicas: 2 }, { image: 'i:2' }));
    expect(refused).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message:
          'Apply failed with 2 conflicts: conflicts with "maker" using apps/v1:\n- .spec.replicas\n' +
          '- .spec.template.spec.containers[name="c"].image',
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "maker" using apps/v1', field: '.spec.replicas' },
            { field: '.spec.template.spec.containers[name="c"].image' },
          ],
        },
      },
    });
    const forced = await apply(
      path,
      'fieldManager=a&force=true',
      deploymentOf('fight', { replicas: 2 }, { image: 'i:2' }),
    );
    expect(forced).toMatchObject({ status: 200, body: { spec: { replicas: 2 }, metadata: { generation: 2 } } });
    await patch(`${path}/scale?fieldManager=scaler`, { spec: { replicas: 5 } });
    expect(
      (await apply(path, 'fieldManager=a', deploymentOf('fight', { replicas: 2 }, { image: 'i:2' }))).body.message,
    ).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
    // Who does not say how many leaves it to who does.
    const left = await apply(path, 'fieldManager=a', deploymentOf('fight', {}, { image: 'i:2' }));
    expect(left.body.spec).toMatchObject({ replicas: 5 });
  });

  test('a status, and a scale', async () => {
    const path = `${deployments}/sub`;
    await apply(path, 'fieldManager=a', deploymentOf('sub'));
    const { spec } = deploymentOf('sub', { replicas: 9 });
    const { apiVersion, kind, metadata } = deploymentOf('sub');
    const status = await apply(`${path}/status`, 'fieldManager=s', {
      apiVersion,
      kind,
      metadata,
      spec,
      status: { replicas: 1, readyReplicas: 1 },
    });
    expect(status).toMatchObject({
      status: 200,
      body: { spec: { replicas: 1 }, status: { replicas: 1, readyReplicas: 1 } },
    });
    expect(ownersOf(status.body)['Apply s status']).toEqual({
      'f:status': { 'f:replicas': {}, 'f:readyReplicas': {} },
    });
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'sub' }, spec: { replicas: 4 } };
    expect(await apply(`${path}/scale`, 'fieldManager=h', scale)).toMatchObject({
      status: 200,
      body: { kind: 'Scale', spec: { replicas: 4 } },
    });
    const { body } = await ask('GET', path);
    expect(ownersOf(body)['Apply h scale']).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect((await apply(path, 'fieldManager=a', deploymentOf('sub', { replicas: 1 }))).body.message).toBe(
      'Apply failed with 1 conflict: conflict with "h" with subresource "scale": .spec.replicas',
    );
    expect(
      await apply(`${deployments}/none/status`, 'fieldManager=s', { ...deploymentOf('none'), status: {} }),
    ).toMatchObject({
      status: 404,
    });
    expect(
      await apply(`${deployments}/none/scale`, 'fieldManager=s', { ...scale, metadata: { name: 'none' } }),
    ).toMatchObject({
      status: 404,
    });
  });

  test('in one version what another has been applied in', async () => {
    const at = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers/both`;
    const config = (version: string, spec: object) => ({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'both' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec },
    });
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    ];
    await apply(at('v2'), 'fieldManager=a', config('v2', { maxReplicas: 5, metrics }));
    expect(
      (await apply(at('v1'), 'fieldManager=b', config('v1', { maxReplicas: 6, targetCPUUtilizationPercentage: 50 })))
        .body.message,
    ).toBe('Apply failed with 1 conflict: conflict with "a": .spec.maxReplicas');
    const joined = await apply(
      at('v1'),
      'fieldManager=b',
      config('v1', { maxReplicas: 5, targetCPUUtilizationPercentage: 50 }),
    );
    expect(joined.body.metadata.managedFields?.map(({ manager, apiVersion }) => [manager, apiVersion])).toEqual([
      ['a', 'autoscaling/v2'],
      ['b', 'autoscaling/v1'],
    ]);
    // The first goes over to the other version and lets go of the metrics, which the second still has.
    const moved = await apply(at('v1'), 'fieldManager=a', config('v1', { maxReplicas: 5 }));
    expect(moved.body.spec).toMatchObject({ maxReplicas: 5, targetCPUUtilizationPercentage: 50 });
  });

  test('a dry run says what would be', async () => {
    const path = `${maps}/dry`;
    expect(await apply(path, 'fieldManager=a&dryRun=All', mapOf('dry', { a: '1' }))).toMatchObject({ status: 201 });
    expect(await ask('GET', path)).toMatchObject({ status: 404 });
  });

  test('optimistic locking: uid and resourceVersion of the config are preconditions', async () => {
    const path = `${maps}/locked`;
    const uid = '11111111-2222-3333-4444-555555555555';
    expect(await apply(path, 'fieldManager=a', mapOf('locked', {}, { uid }))).toMatchObject({
      status: 409,
      body: {
        message: `Operation cannot be fulfilled on configmaps "locked": uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      },
    });
    await apply(path, 'fieldManager=a', mapOf('locked', { a: '1' }));
    expect(await apply(path, 'fieldManager=a', mapOf('locked', {}, { uid }))).toMatchObject({ status: 409 });
    expect(await apply(path, 'fieldManager=a', mapOf('locked', { a: '2' }, { resourceVersion: '1' }))).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('the object has been modified') },
    });
  });

  test('many at once, each of its own fields: none is lost', async () => {
    const path = `${maps}/crowd`;
    const managers = Array.from({ length: 12 }, (_, i) => `m${i}`);
    const answers = await Promise.all(
      managers.map((name) => apply(path, `fieldManager=${name}`, mapOf('crowd', { [name]: '1' }))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const { body } = await ask('GET', path);
    expect(Object.keys(body.data!).sort()).toEqual([...managers].sort());
    expect(body.metadata.managedFields).toHaveLength(12);
  });

  const whole = mapOf('bad', { a: '1' });
  test.each<[string, string, unknown, number, string]>([
    [
      'no manager',
      '',
      whole,
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      'a manager that cannot be printed',
      'fieldManager=a%0Ab',
      whole,
      422,
      'fieldManager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
    ],
    [
      'a manager with too long a name',
      `fieldManager=${'a'.repeat(129)}`,
      whole,
      422,
      'fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'no object',
      'fieldManager=a',
      '[]',
      400,
      'error decoding YAML: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    ['no YAML', 'fieldManager=a', 'a: [', 400, 'error decoding YAML: error converting YAML to JSON: yaml: '],
    ['an empty body', 'fieldManager=a', '', 400, 'error decoding YAML'],
    ['no type', 'fieldManager=a', { metadata: { name: 'bad' } }, 400, 'invalid object type: /, Kind='],
    ['another type', 'fieldManager=a', { ...whole, kind: 'Secret' }, 400, 'invalid object type: /v1, Kind=Secret'],
    [
      'another name',
      'fieldManager=a',
      mapOf('worse', {}),
      400,
      'the name of the object (worse) does not match the name on the URL (bad)',
    ],
    [
      'no name',
      'fieldManager=a',
      { ...whole, metadata: {} },
      400,
      'the name of the object (bad based on URL) was undeterminable: name must be provided',
    ],
    [
      'another namespace',
      'fieldManager=a',
      mapOf('bad', {}, { namespace: 'kube-system' }),
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'managedFields',
      'fieldManager=a',
      mapOf('bad', {}, { managedFields: [] }),
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'an unknown field',
      'fieldManager=a',
      { ...whole, colour: 'red' },
      400,
      'failed to create typed patch object (/bad; /v1, Kind=ConfigMap): .colour: field not declared in schema',
    ],
    ['a value of another type', 'fieldManager=a', { ...whole, data: { a: 1 } }, 400, '.data.a: expected string, got 1'],
    [
      'a repeated key',
      'fieldManager=a&fieldValidation=Strict',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndata:\n  a: "1"\n  a: "2"\n',
      400,
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "a" already set in map',
    ],
    [
      'what the rules refuse',
      'fieldManager=a',
      mapOf('bad', { 'a b': '1' }),
      422,
      'ConfigMap "bad" is invalid: data[a b]: Invalid value',
    ],
  ])('%s is refused', async (_what, query, config, status, message) => {
    const answer = await apply(`${maps}/bad`, query, config);
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(message)]);
    expect(await ask('GET', `${maps}/bad`)).toMatchObject({ status: 404 });
  });

  test('force is for applies alone; other kinds of patches are named', async () => {
    expect(await patch(`${maps}/life?force=true`, {})).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('force: Forbidden: may not be specified for non-apply patch') },
    });
    const cbor = await ask('PATCH', `${maps}/life?fieldManager=a`, '', 'application/apply-patch+cbor');
    expect(cbor).toMatchObject({
      status: 415,
      body: {
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, ' +
          'application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
      },
    });
  });
});

describe('custom resources', () => {
  const widgets = '/apis/apply.example.com';
  const widget = (version: string, spec: object) => ({
    apiVersion: `apply.example.com/${version}`,
    kind: 'Widget',
    metadata: { name: 'w' },
    spec,
  });
  const at = (version: string) => `${widgets}/${version}/namespaces/default/widgets/w`;

  beforeAll(async () => {
    const list = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'protocol'] };
    const port = { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: { type: 'string' } };
    const properties = {
      size: { type: 'integer' },
      ports: { type: 'array', ...list, items: { type: 'object', required: ['port'], properties: port } },
      tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      plain: { type: 'array', items: { type: 'string' } },
      atomic: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    };
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } };
    const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' };
    const versions = ['v1', 'v2'].map((name) => ({
      name,
      served: true,
      storage: name === 'v2',
      schema,
      subresources: { scale },
    }));
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.apply.example.com' },
      spec: { group: 'apply.example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions },
    };
    const created = await ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    expect(created.status).toBe(201);
    await eventually('the kind is served', async () => (await ask('GET', at('v1').slice(0, -2))).status === 200);
  });

  test('merge as their schema says, in any version', async () => {
    await apply(
      at('v1'),
      'fieldManager=a',
      widget('v1', { ports: [{ port: 80, name: 'http' }], tags: ['x'], plain: ['p'] }),
    );
    const second = widget('v2', {
      ports: [
        { port: 80, protocol: 'UDP' },
        { port: 80, protocol: 'TCP' },
      ],
      tags: ['y'],
      free: { a: { b: 1 } },
    });
    const joined = await apply(at('v2'), 'fieldManager=b', second);
    expect([joined.status, joined.body.spec]).toEqual([
      200,
      {
        ports: [
          { port: 80, protocol: 'UDP' },
          { port: 80, protocol: 'TCP', name: 'http' },
        ],
        tags: ['x', 'y'],
        plain: ['p'],
        free: { a: { b: 1 } },
      },
    ]);
    expect(ownersOf(joined.body)['Apply b']).toEqual({
      'f:spec': {
        'f:free': { 'f:a': { '.': {}, 'f:b': {} } },
        'f:ports': {
          'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
          'k:{"port":80,"protocol":"UDP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
        },
        'f:tags': { 'v:"y"': {} },
      },
    });
    expect((await apply(at('v2'), 'fieldManager=b', widget('v2', { plain: ['q'] }))).body.message).toBe(
      'Apply failed with 1 conflict: conflict with "a": .spec.plain',
    );
    const gone = await apply(at('v2'), 'fieldManager=a', widget('v2', {}));
    expect(gone.body.spec).toMatchObject({ tags: ['y'], ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }] });
    expect(gone.body.spec).not.toHaveProperty('plain');
  });

  test('are scaled by who applies a scale', async () => {
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'w' }, spec: { replicas: 3 } };
    expect(await apply(`${at('v1')}/scale`, 'fieldManager=s', scale)).toMatchObject({
      status: 200,
      body: { spec: { replicas: 3 } },
    });
    expect((await apply(at('v2'), 'fieldManager=b', widget('v2', { size: 1 }))).body.message).toBe(
      'Apply failed with 1 conflict: conflict with "s" with subresource "scale": .spec.size',
    );
  });

  test('what the schema does not have is refused', async () => {
    const refused = await apply(at('v1'), 'fieldManager=a', widget('v1', { colour: 'red' }));
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining('.spec.colour: field not declared in schema'),
    ]);
  });
});
