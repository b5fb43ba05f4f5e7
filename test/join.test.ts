/** `minikctl token`, `join` and `leave` with a whole cluster: a node more, and a node less. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodes } from '../api/kinds/nodes.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { isConditionTrue } from '../api/meta.ts';
import { RestClient } from '../client/rest.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';

let cluster: Cluster;
let client: RestClient;

beforeAll(async () => {
  cluster = await Cluster.start({ runtime: 'fake' });
  client = cluster.client();
});

afterAll(async () => {
  client?.close();
  await cluster?.purge();
});

const nodeNames = async (): Promise<string[]> =>
  (await client.of(nodes).list()).items
    .filter(({ status }) => isConditionTrue(status?.conditions, 'Ready'))
    .map(({ metadata }) => metadata.name!)
    .sort();

/** `minikctl join 127.0.0.1:6443 --token ... --discovery-token-ca-cert-hash ...` as the arguments after the program. */
const joinCommand = async (): Promise<string[]> =>
  (await cluster.minikctl('token', 'create', '--print-join-command')).trim().split(' ').slice(1);

const anonymous = async (path: string): Promise<number> => {
  const nobody = new RestClient({ server: client.config.server, ca: client.config.ca });
  try {
    return (await nobody.request({ path })).status;
  } catch (error) {
    return (error as { code: number }).code;
  } finally {
    nobody.close();
  }
};

describe('tokens', () => {
  const info = '/api/v1/namespaces/kube-public/configmaps/cluster-info';

  test('before the first, strangers see nothing; with it, how to reach the cluster', async () => {
    expect(await anonymous(info)).toBe(403);
    const token = (await cluster.minikctl('token', 'create', '--ttl', '1h', '--description', 'for a test')).trim();
    expect(token).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    await eventually('the role counts', async () => (await anonymous(info)) === 200);
    expect(await anonymous('/api/v1/namespaces/kube-public/configmaps')).toBe(403);
    expect(await anonymous('/api/v1/namespaces/kube-system/secrets')).toBe(403);
    const listed = await cluster.minikctl('token', 'list');
    expect(listed).toMatch(/^TOKEN +TTL +EXPIRES +USAGES +DESCRIPTION +EXTRA GROUPS\n/);
    expect(listed).toMatch(
      new RegExp(
        `^${token.replace('.', '\\.')} +(59m|1h) .* authentication,signing +for a test +system:bootstrappers:kubeadm:default-node-token$`,
        'm',
      ),
    );
    const id = token.split('.')[0]!;
    expect(await cluster.minikctl('token', 'delete', id)).toBe(`bootstrap token "${id}" deleted\n`);
    expect(await cluster.minikctl('token', 'list')).toBe('');
  });

  test('end when they said', async () => {
    const token = (await cluster.minikctl('token', 'create', 'shorts.0123456789abcdef', '--ttl', '1s')).trim();
    expect(token).toBe('shorts.0123456789abcdef');
    const name = 'bootstrap-token-shorts';
    await eventually('the token is removed', () =>
      client
        .of(secrets)
        .get(name, 'kube-system')
        .then(() => false)
        .catch((error) => error.code === 404),
    );
  });

  test.each<[string[], string]>([
    [['create', 'x'], 'the bootstrap token "x" was not of the form'],
    [['create', '--ttl', 'long'], '--ttl must be a duration'],
    [['create', '--usages', 'cooking'], 'invalid bootstrap token usage string: cooking'],
    [['create', '--groups', 'system:masters'], 'bootstrap token group "system:masters" is invalid'],
    [['delete', 'UPPER'], 'given token or token id "UPPER" didn\'t match pattern'],
    [['delete', 'nobody'], 'secrets "bootstrap-token-nobody" not found'],
  ])('%o is refused', async (args, message) => {
    const { status, stderr } = await cluster.tryMinikctl(['token', ...args]);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('joining', () => {
  test('needs the right token, and the right CA', async () => {
    const [command = '', endpoint = '', , token = '', , hash = ''] = await joinCommand();
    const attempt = (...args: string[]) => cluster.tryMinikctl([command, ...args]);
    const refused = async (message: string, ...args: string[]) => {
      const { status, stderr } = await attempt(...args);
      expect(status).toBe(1);
      expect(stderr).toContain(message);
    };
    const wrongHash = `sha256:${'0'.repeat(64)}`;
    const pinned = ['--discovery-token-ca-cert-hash', hash];
    await refused('can be unsafe', endpoint, '--token', token);
    await refused('required flag(s) "token" not set', endpoint, ...pinned);
    await refused('are pinned', endpoint, '--token', token, '--discovery-token-ca-cert-hash', wrongHash);
    await refused('invalid hash "md5:x"', endpoint, '--token', token, '--discovery-token-ca-cert-hash', 'md5:x');
    const forged = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
    await refused('failed to verify JWS signature', endpoint, '--token', forged, ...pinned);
    await refused('--node-name must be minik-1 to', endpoint, '--token', token, ...pinned, '--node-name', 'worker');
    await refused(
      'minik-1 is a node of this cluster already',
      endpoint,
      '--token',
      token,
      ...pinned,
      '--node-name',
      'minik-1',
    );
    expect(await nodeNames()).toEqual(['minik-1']);
  });

  test('adds a node that runs pods, and stays over a restart of the cluster', async () => {
    const { stdout } = await cluster.tryMinikctl(await joinCommand());
    expect(stdout).toBe('minik-2 has joined the cluster.\n');
    expect(await nodeNames()).toEqual(['minik-1', 'minik-2']);
    expect(await cluster.minikctl('cluster', 'status')).toMatch(/^kubelet-minik-2 +Running /m);
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { nodeName: minik-2, containers: [{ name: main, image: 'busybox:1.35' }] }
`);
    await cluster.minikctl('wait', '--for=condition=Ready', 'pod/web', '--timeout=120s');
    // The API server reaches it with the certificate that it serves.
    expect((await cluster.tryKubectl(['exec', 'web', '--', 'true'])).stderr).toBe('');
    await cluster.down();
    await cluster.up();
    expect(await nodeNames()).toEqual(['minik-1', 'minik-2']);
  });

  test('leaves every key to its owner alone', () => {
    const found = filesBelow(cluster.dataDir).filter((path) =>
      /PRIVATE KEY|client-key-data|client-key:|token: |secret: /.test(readFileSync(path, 'latin1')),
    );
    const names = found.map((path) => path.slice(cluster.dataDir.length + 1));
    expect(names).toEqual(
      expect.arrayContaining([
        'kubeconfig',
        'pki/ca.key',
        'pki/sa.key',
        'pki/apiserver.key',
        'pki/scheduler.kubeconfig',
        'pki/kubelet-minik-1.key',
        'nodes/minik-2/kubelet.conf',
        'nodes/minik-2/pki/kubelet-client-current.pem',
        'nodes/minik-2/pki/kubelet-server-current.pem',
      ]),
    );
    const open = found.filter((path) => (statSync(path).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    for (const directory of ['', 'pki', 'store', 'run', 'logs', 'nodes', 'nodes/minik-2/pki'])
      expect((statSync(join(cluster.dataDir, directory)).mode & 0o777).toString(8), directory).toBe('700');
    expect(names).not.toContain('nodes/minik-2/bootstrap-kubelet.conf');
  });

  test('ends with a node that leaves', async () => {
    const own = await cluster.tryMinikctl(['leave', 'minik-1']);
    expect(own.stderr).toContain('minik-1 has not joined this cluster');
    expect(await cluster.minikctl('leave', 'minik-2')).toBe('minik-2 has left the cluster.\n');
    expect(await nodeNames()).toEqual(['minik-1']);
    expect(readdirSync(join(cluster.dataDir, 'nodes'))).toEqual(['minik-1']);
    expect(await cluster.minikctl('cluster', 'status')).not.toContain('minik-2');
  });
});

/** Regular files; sockets are none. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
