/**
 * kubectl's generators against the apiserver on our store. From version 1.32 on they send their objects in protobuf; the store
 * has them as JSON, as from everyone else.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Init, message, repeated, type TypeOf } from '../api/protobuf.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { output, type Result, run } from './harness/run.ts';

if (kubectlMissing) console.warn(`kubectl create tests are skipped: ${kubectlMissing}`);

const protobuf = 'application/vnd.kubernetes.protobuf';

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 24645);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const args = (command: string): string[] => [
  `--kubeconfig=${server.paths.kubeconfig}`,
  `--cache-dir=${server.paths.dataDir}/kubectl-cache`,
  ...command.split(' '),
];
const kubectl = async (command: string): Promise<string> => (await output(kubectlPath, args(command))).trim();
const attempt = (command: string, input?: string): Promise<Result> => run(kubectlPath, args(command), { input });
const get = async (what: string): Promise<Record<string, unknown>> =>
  JSON.parse(await kubectl(`get ${what} -o json`)) as Record<string, unknown>;

describe.skipIf(kubectlMissing)('kubectl create', () => {
  test.each<[command: string, says: string, what: string, stored: object]>([
    ['namespace a', 'namespace/a created', 'namespace a', { status: { phase: 'Active' } }],
    [
      'configmap c --from-literal=a=1 --from-literal=b=',
      'configmap/c created',
      'configmap c',
      { data: { a: '1', b: '' } },
    ],
    ['secret generic s --from-literal=k=v', 'secret/s created', 'secret s', { type: 'Opaque', data: { k: 'dg==' } }],
    [
      'secret docker-registry r --docker-username=u --docker-password=p',
      'secret/r created',
      'secret r',
      { type: 'kubernetes.io/dockerconfigjson' },
    ],
    ['serviceaccount sa', 'serviceaccount/sa created', 'serviceaccount sa', { metadata: { name: 'sa' } }],
    [
      'deployment web --image=busybox:1.35 --port=80',
      'deployment.apps/web created',
      'deployment web',
      {
        metadata: { generation: 1, labels: { app: 'web' } },
        spec: {
          replicas: 1,
          progressDeadlineSeconds: 600,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
          template: {
            spec: {
              restartPolicy: 'Always',
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: 'busybox',
                  image: 'busybox:1.35',
                  imagePullPolicy: 'IfNotPresent',
                  ports: [{ containerPort: 80, protocol: 'TCP' }],
                },
              ],
            },
          },
        },
      },
    ],
    [
      'deployment none --image=busybox:1.35 --replicas=0',
      'deployment.apps/none created',
      'deployment none',
      { spec: { replicas: 0 } },
    ],
    [
      'service clusterip web --tcp=80:8080',
      'service/web created',
      'service web',
      {
        spec: {
          type: 'ClusterIP',
          clusterIP: expect.stringMatching(/^10\.96\./),
          sessionAffinity: 'None',
          ports: [{ name: '80-8080', port: 80, protocol: 'TCP', targetPort: 8080 }],
        },
      },
    ],
    [
      'service clusterip none --clusterip=None',
      'service/none created',
      'service none',
      { spec: { clusterIP: 'None' } },
    ],
    [
      'service nodeport np --tcp=80:http --node-port=30080',
      'service/np created',
      'service np',
      { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 'http', nodePort: 30080 }] } },
    ],
    [
      'service externalname en --external-name=x.example',
      'service/en created',
      'service en',
      { spec: { type: 'ExternalName', externalName: 'x.example' } },
    ],
    [
      'job j --image=busybox:1.35 -- echo hi',
      'job.batch/j created',
      'job j',
      {
        metadata: { generation: 1 },
        spec: {
          completions: 1,
          backoffLimit: 6,
          selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': expect.any(String) } },
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'j', command: ['echo', 'hi'] }] } },
        },
      },
    ],
    [
      'cronjob c --image=busybox:1.35 --schedule=@hourly',
      'cronjob.batch/c created',
      'cronjob c',
      {
        spec: {
          schedule: '@hourly',
          concurrencyPolicy: 'Allow',
          jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c' }] } } } },
        },
      },
    ],
    [
      'job from-c --from=cronjob/c',
      'job.batch/from-c created',
      'job from-c',
      { metadata: { ownerReferences: [{ kind: 'CronJob', name: 'c', controller: true }] } },
    ],
    [
      'quota q --hard=cpu=1,pods=2 --scopes=NotTerminating',
      'resourcequota/q created',
      'quota q',
      { spec: { hard: { cpu: '1', pods: '2' }, scopes: ['NotTerminating'] }, status: {} },
    ],
    [
      'poddisruptionbudget b --selector=app=web --min-available=50%',
      'poddisruptionbudget.policy/b created',
      'pdb b',
      { spec: { minAvailable: '50%', selector: { matchLabels: { app: 'web' } } } },
    ],
    [
      'priorityclass high --value=1000 --description=much',
      'priorityclass.scheduling.k8s.io/high created',
      'priorityclass high',
      { value: 1000, description: 'much', preemptionPolicy: 'PreemptLowerPriority' },
    ],
    [
      'priorityclass none --value=0 --preemption-policy=Never',
      'priorityclass.scheduling.k8s.io/none created',
      'priorityclass none',
      { value: 0, preemptionPolicy: 'Never' },
    ],
    [
      'ingress i --class=x --rule=web.example/path*=svc:8080,tls=cert',
      'ingress.networking.k8s.io/i created',
      'ingress i',
      {
        spec: {
          ingressClassName: 'x',
          tls: [{ hosts: ['web.example'], secretName: 'cert' }],
          rules: [
            {
              host: 'web.example',
              http: {
                paths: [
                  { path: '/path', pathType: 'Prefix', backend: { service: { name: 'svc', port: { number: 8080 } } } },
                ],
              },
            },
          ],
        },
      },
    ],
  ])('%s', async (command, says, what, stored) => {
    expect(await kubectl(`create ${command}`)).toBe(says);
    expect(await get(what)).toMatchObject(stored);
  });

  test('what is created is as if it had been sent as JSON', async () => {
    const command = 'deployment twin --image=busybox:1.35';
    await kubectl(`create ${command}`);
    const generated = await get('deployment twin');
    await kubectl('delete deployment twin');
    const manifest = await kubectl(`create ${command} --dry-run=client -o json`);
    expect(await attempt('create -f -', manifest)).toMatchObject({
      status: 0,
      stdout: 'deployment.apps/twin created\n',
    });
    const own = { uid: '', resourceVersion: '', creationTimestamp: '' };
    const withoutOwn = (object: Record<string, unknown>): object => ({
      ...object,
      metadata: { ...(object['metadata'] as object), ...own },
    });
    expect(withoutOwn(generated)).toEqual(withoutOwn(await get('deployment twin')));
  });

  test('a dry run on the server stores nothing', async () => {
    expect(await kubectl('create configmap dry --dry-run=server')).toBe('configmap/dry created (server dry run)');
    expect((await attempt('get configmap dry')).stderr).toContain('configmaps "dry" not found');
  });

  test.each<[string, string, string]>([
    ['one that is there', 'namespace default', 'namespaces "default" already exists'],
    ['a name that is not one', 'serviceaccount A_b', 'ServiceAccount "A_b" is invalid: metadata.name: Invalid value'],
    ['a namespace that is not there', 'configmap c -n nowhere', 'namespaces "nowhere" not found'],
    [
      'a kind that is not served',
      'clusterrole r --verb=get --resource=pods',
      'the server could not find the requested resource',
    ],
  ])('%s is refused', async (_, command, says) => {
    const { status, stderr } = await attempt(`create ${command}`);
    expect(status).toBe(1);
    expect(stderr).toContain(says);
  });
});

describe('protobuf bodies', () => {
  const post = (body: Buffer, path = '/api/v1/namespaces') =>
    server.raw(path, { method: 'POST', headers: { 'content-type': protobuf }, body });
  const Unknown = message({
    typeMeta: [1, message({ apiVersion: [1, 'string'], kind: [2, 'string'] })],
    raw: [2, 'bytes'],
  });
  const DeleteOptions = message({
    gracePeriodSeconds: [1, 'int64'],
    preconditions: [2, message({ uid: [1, 'string'] })],
    dryRun: [5, repeated('string')],
  });
  const namespace = Buffer.from('azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhkKEQoBeBIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==', 'base64');

  test('the answer is JSON', async () => {
    const answer = await server.raw('/api/v1/namespaces', {
      method: 'POST',
      headers: { 'content-type': protobuf, accept: `${protobuf},application/json` },
      body: namespace,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Namespace', metadata: { name: 'x' } });
  });

  test.each<[string, string, Buffer, string]>([
    ['text', '/api/v1/namespaces', Buffer.from('{}'), 'must be of type Namespace): provided data does not appear'],
    ['nothing', '/api/v1/namespaces', Buffer.alloc(0), 'does not appear to be a protobuf message'],
    ['a cut off body', '/api/v1/namespaces', namespace.subarray(0, 30), 'malformed protobuf'],
    [
      'another kind',
      '/api/v1/namespaces/default/configmaps',
      namespace,
      'the kind in the data (Namespace) does not match the expected kind (ConfigMap)',
    ],
  ])('%s is refused', async (_, path, body, says) => {
    const { status, text } = await post(body, path);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'Status',
      reason: 'BadRequest',
      message: expect.stringContaining(says),
    });
  });

  test('DeleteOptions', async () => {
    await server.raw('/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: 'gone' } }),
    });
    const remove = (options: Init<TypeOf<typeof DeleteOptions>>) => {
      const raw = DeleteOptions.encode(options);
      const typeMeta = { apiVersion: 'v1', kind: 'DeleteOptions' };
      const body = Buffer.concat([Buffer.from('k8s\0'), Unknown.encode({ typeMeta, raw })]);
      // Node announces no length of a DELETE by itself.
      const headers = { 'content-type': protobuf, 'content-length': String(body.length) };
      return server.raw('/api/v1/namespaces/default/configmaps/gone', { method: 'DELETE', headers, body });
    };
    const dryRun = await remove({ dryRun: ['All'] });
    expect(dryRun.status).toBe(200);
    const refused = await remove({ preconditions: { uid: 'x' } });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Precondition failed: UID in precondition: x');
    expect((await remove({ gracePeriodSeconds: 0 })).status).toBe(200);
    expect((await remove({})).status).toBe(404);
  });

  test('the media types of bodies are named', async () => {
    const { status, text } = await server.raw('/api/v1/namespaces', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    });
    expect(status).toBe(415);
    expect(text).toContain(`application/json, application/yaml, ${protobuf}`);
  });
});
