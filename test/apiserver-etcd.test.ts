/** The apiserver on a real etcd, driven by kubectl. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startEtcd } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { isPresent, type Result, run } from './harness/run.ts';

const etcdPresent = isPresent('etcd', '--version');

if (!etcdPresent) console.log('skipped: etcd is not installed (Debian: etcd-server)');
else if (kubectlMissing) console.log(`skipped in part: ${kubectlMissing}`);

const pod = `
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
spec:
  containers:
  - name: web
    image: busybox:1.35
    command: [sleep, "1000"]
`;

describe.skipIf(!etcdPresent)('on a real etcd', () => {
  let etcd: EtcdServer;
  let server: ApiServer;

  beforeAll(async () => {
    etcd = await startEtcd(24660);
    server = await ApiServer.start(etcd.endpoint, 24662);
  });

  afterAll(async () => {
    await server?.remove();
    await etcd?.remove();
  });

  test('keys of others in the same etcd do not hold up consistent reads', async () => {
    const client = etcd.client();
    await client.put({ key: 'somebody-else', value: 'x' });
    client.close();
    expect((await server.raw('/api/v1/namespaces/default')).status).toBe(200);
  });

  describe.skipIf(kubectlMissing)('kubectl', () => {
    const flags = () => ['--kubeconfig', server.paths.kubeconfig, '--cache-dir', `${server.paths.dataDir}/cache`];
    const tryKubectl = (args: string[], input?: string): Promise<Result> =>
      run(kubectlPath, [...flags(), ...args], input === undefined ? {} : { input });
    const kubectl = async (args: string, input?: string): Promise<string> => {
      const { status, stdout, stderr } = await tryKubectl(args.split(' '), input);
      expect(status, stderr).toBe(0);
      return stdout.trim();
    };

    test('apply, change, watch, wait, delete', async () => {
      expect(await kubectl('apply -f -', pod)).toBe('pod/web created');
      expect(await kubectl('apply -f -', pod)).toBe('pod/web unchanged');
      const watching = spawn(kubectlPath, [...flags(), 'get', 'pods', '-w', '-o', 'name']);
      let watched = '';
      watching.stdout.setEncoding('utf8').on('data', (text) => {
        watched += text;
      });
      await eventually('the watch shows it', () => watched === 'pod/web\n');
      expect(await kubectl('label pod web tier=front')).toBe('pod/web labeled');
      expect(await kubectl('annotate pod web note=this')).toBe('pod/web annotated');
      expect(await kubectl(`patch pod web --type=json -p [{"op":"remove","path":"/metadata/labels/tier"}]`)).toBe(
        'pod/web patched',
      );
      expect(await kubectl('wait pod/web --for=jsonpath={.status.phase}=Pending --timeout=120s')).toBe(
        'pod/web condition met',
      );
      expect((await kubectl('get pods -o wide')).split('\n').map((line) => line.split(/\s+/).slice(0, 4))).toEqual([
        ['NAME', 'READY', 'STATUS', 'RESTARTS'],
        ['web', '0/1', 'Pending', '0'],
      ]);
      expect(await kubectl('get pods -l app=web -o name')).toBe('pod/web');
      expect(await kubectl('delete pod web')).toBe('pod "web" deleted');
      await eventually('the watch has seen all of it', () => watched.split('\n').length >= 6);
      watching.kill();
    });

    test('discovery and documentation', async () => {
      expect(await kubectl('explain pod.spec.containers')).toContain('List of containers belonging to the pod');
      const resources = (await kubectl('api-resources --no-headers')).split('\n').map((line) => line.split(/\s+/)[0]);
      expect(resources).toEqual(expect.arrayContaining(['pods', 'deployments', 'leases', 'endpointslices']));
    });

    test('errors', async () => {
      const error = async (args: string[], input?: string): Promise<string> =>
        (await tryKubectl(args, input)).stderr.trim();
      expect(await error(['get', 'pods', 'none'])).toBe('Error from server (NotFound): pods "none" not found');
      expect(await error(['apply', '-f', '-'], pod.replace('containers:', 'foo: 1\n  containers:'))).toContain(
        'unknown field "spec.foo"',
      );
      expect(await error(['create', '-f', '-'], pod.replace('name: web', 'name: Not_Good'))).toContain(
        'The Pod "Not_Good" is invalid: metadata.name',
      );
    });
  });
});
