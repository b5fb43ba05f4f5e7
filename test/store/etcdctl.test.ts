/**
 * Debian's etcdctl on our store. What a person sees must be what they see with real etcd: each command of the table runs
 * against both, one after the other, and exit status, output and error must be equal but for what names the server, a lease
 * or a moment. Where etcd is not installed the table is skipped; what follows it says by itself what it expects.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EtcdServer, startEtcd, startStore } from '../harness/etcd.ts';
import { etcdctl, etcdctlOutput, etcdctlPresent, startEtcdctl } from '../harness/etcdctl.ts';
import { eventually } from '../harness/eventually.ts';
import { isPresent, type Result } from '../harness/run.ts';

const storePort = 24820;
const etcdPort = 24822;
const leaseId = 0x1234n;

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent)
  console.log('skipped: etcd is not installed (Debian: etcd-server), so there is nothing to compare with');

/** A command line, and what is typed into it. */
type Row = string | [command: string, input: string];

// In order: later rows read what earlier ones wrote.
const table: Row[] = [
  // put
  'put a/1 one',
  'put a/1 uno --prev-kv',
  'put a/2 two --prev-kv',
  'put a/2 zwei --prev-kv -w json',
  'put a/3 three -w json',
  'put a/3 drei -w fields',
  ['put a/4', 'from stdin'],
  'put b bee',
  'put empty --',
  'put a/1 --ignore-value',
  'put none --ignore-value',
  'put a/1 eins --ignore-lease',
  'put none x --ignore-lease',
  'put x y --lease=99',
  'put',
  // get
  'get a/1',
  'get none',
  'get',
  'get a/ --prefix',
  'get a/ --prefix --keys-only',
  'get a/ --prefix --print-value-only',
  'get a/ --prefix --limit=2',
  'get a/ --prefix --limit=2 -w json',
  'get a/2 --from-key',
  'get a/1 a/3',
  'get --prefix --keys-only --',
  'get a/ --prefix --count-only -w fields',
  'get a/ --prefix --count-only -w json',
  ...['CREATE', 'KEY', 'MODIFY', 'VALUE', 'VERSION'].flatMap((target) =>
    ['ASCEND', 'DESCEND'].map((order) => `get a/1 a/3 --order=${order} --sort-by=${target}`),
  ),
  'get a/ --prefix --order=DESCEND --limit=1',
  'get a/ --prefix --sort-by=nothing',
  'get a/1 --rev=2',
  'get a/1 --rev=1000',
  'get a/1 --consistency=s',
  'get a/1 --hex',
  'get a/1 -w json',
  'get a/1 -w fields',
  'get a/1 -w simple',
  'get a/1 -w table',
  'get a/1 -w nothing',
  'get a/ --prefix --from-key',
  // del
  'del none',
  'del b --prev-kv',
  'put b again',
  'del b -w json',
  'del a/4 -w fields',
  'del a/3 --from-key --prev-kv',
  'put c/1 x',
  'put c/2 x',
  'put c/3 x',
  'del c/1 c/3',
  'del c/ --prefix --prev-kv -w json',
  'del',
  // txn
  ['txn', 'value("a/1") = "eins"\n\nput chosen yes\nget a/1\n\nput chosen no\n\n'],
  ['txn', 'value("a/1") = "other"\n\nput chosen yes\n\nput chosen no\nget chosen\n\n'],
  ['txn', 'mod("a/1") > "0"\nversion("a/1") > "2"\ncreate("a/1") = "2"\n\nget a/ --prefix\n\n\n'],
  ['txn', 'version("none") = "0"\n\nput none now --prev-kv\ndel none2\n\nget none\n\n'],
  ['txn', 'value("a/1") < "f"\n\ndel a/1 --prev-kv\n\n\n'],
  ['txn -w json', '\nput j 1\nget j\n\n\n'],
  ['txn -w fields', '\nput j 2\n\n\n'],
  ['txn -i', 'value("j") = "2"\n\nget j\n\nput j 3\n\n'],
  ['txn', '\nput twice 1\nput twice 2\n\n\n'],
  ['txn', 'nonsense\n\n\n\n'],
  'get --prefix -w json --',
  // lease; the one with a known ID was granted before
  'lease timetolive 1234',
  'put l/1 x --lease=1234',
  'get l/1 -w json',
  'lease timetolive 1234 --keys',
  'lease timetolive 1234 --keys -w json',
  'put l/2 x --lease=1234',
  'lease timetolive 404',
  'lease keep-alive 1234 --once',
  'lease keep-alive 404 --once',
  'lease grant 300',
  'lease grant 0',
  'lease grant 9000000001',
  'lease list',
  'lease revoke 1234',
  'lease revoke 1234',
  'get l/ --prefix',
  // compaction and maintenance
  'compaction 5000',
  'compaction 10',
  'compaction 10',
  'compaction 11 --physical',
  'get a/2 --rev=9',
  'get a/2 --rev=11',
  'endpoint health',
  'endpoint health -w json',
  'endpoint hashkv',
  'endpoint hashkv -w json',
  'endpoint hashkv -w table',
  'endpoint hashkv --rev=12 -w json',
  'endpoint hashkv --rev=10',
  'endpoint hashkv --rev=5000',
  'alarm list',
  'alarm disarm',
  'defrag',
  'defrag -w json',
  'get --prefix -w json --',
  'endpoint hashkv -w json',
];

/** What differs between any two servers, in one form. */
function normalize({ status, stdout, stderr }: Result): Result {
  return { status, stdout: normalizeText(stdout), stderr: normalizeText(withoutLogs(stderr)) };
}

const normalizeText = (text: string): string =>
  text
    .replace(/127\.0\.0\.1:\d+/g, 'ENDPOINT')
    .replace(/"(cluster_id|member_id|raft_term)":\d+/g, '"$1":N')
    .replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1" : N')
    .replace(/\d+(\.\d+)?(µs|ms|s)(?=[" \n])/g, 'DURATION')
    .replace(/memberID:\d+/g, 'memberID:N')
    .replace(/remaining\(\d+s\)/g, 'remaining(N)')
    .replace(/"ttl":\d+/g, '"ttl":N')
    .replace(/\b[0-9a-f]{15,16}\b/g, 'LEASE');

/** Without what the client logs by itself, whose lines are JSON with moments and addresses. */
const withoutLogs = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('{"level"'))
    .join('\n');

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const revisionOf = async (endpoint: string): Promise<number> =>
  JSON.parse(await etcdctlOutput(endpoint, 'get', 'a', '-w', 'json')).header.revision;

describe.skipIf(!etcdctlPresent)('etcdctl', () => {
  let store: EtcdServer;

  beforeAll(async () => {
    store = await startStore({ url: `http://127.0.0.1:${storePort}` });
  });
  afterAll(() => store.remove());

  const said = (...args: string[]): Promise<string> => etcdctlOutput(store.endpoint, ...args);
  const failure = async (...args: string[]): Promise<string> => {
    const { status, stderr } = await etcdctl(store.endpoint, args);
    expect(status).not.toBe(0);
    return stderr;
  };

  describe.skipIf(!etcdPresent)('beside real etcd', () => {
    let real: EtcdServer;

    beforeAll(async () => {
      real = await startEtcd(etcdPort);
      for (const server of [store, real]) {
        const client = server.client();
        await client.leaseGrant({ id: leaseId, ttl: 600 });
        client.close();
      }
    });
    afterAll(() => real.remove());

    const onBoth = async (args: string[], input?: string): Promise<[Result, Result]> => {
      const [ours, theirs] = await Promise.all([store, real].map(({ endpoint }) => etcdctl(endpoint, args, input)));
      return [normalize(ours!), normalize(theirs!)];
    };

    async function differencesOf(rows: Row[]): Promise<object[]> {
      const differences: object[] = [];
      for (const row of rows) {
        const [command, input] = typeof row === 'string' ? [row] : row;
        // A lone `--` stands for an empty argument.
        const [ours, theirs] = await onBoth(
          command.split(' ').map((arg) => (arg === '--' ? '' : arg)),
          input,
        );
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) differences.push({ command, input, ours, theirs });
      }
      return differences;
    }

    test('each command prints the same', async () => {
      expect(await differencesOf(table)).toEqual([]);
    });

    // Each begins at the revision that the first of the writes will get, in the past of those that follow.
    const writes = ['put w 1', 'put w 2', 'put w2 x', 'del w', 'put w3 3', 'put w last'];
    test.each<[what: string, args: (from: number) => string[], input: (from: number) => string, end: string]>([
      ['one key', (from) => ['watch', 'w', `--rev=${from}`], () => '', 'PUT\nw\nlast\n'],
      ['a prefix', (from) => ['watch', 'w', '--prefix', `--rev=${from}`], () => '', 'PUT\nw\nlast\n'],
      [
        'with what was before',
        (from) => ['watch', 'w', '--prefix', '--prev-kv', `--rev=${from}`],
        () => '',
        'PUT\nw\nlast\n',
      ],
      ['a range, as JSON', (from) => ['watch', 'w', 'w3', '-w', 'json', `--rev=${from}`], () => '', base64('last')],
      ['as fields', (from) => ['watch', 'w', '-w', 'fields', `--rev=${from}`], () => '', '"Value" : "last"'],
      [
        'several, interactive',
        () => ['watch', '-i'],
        (from) => `watch --rev=${from} w\nwatch --rev=${from} --prev-kv w2\n`,
        'PUT\nw\nlast\n',
      ],
      [
        'running a command',
        (from) => ['watch', 'w', `--rev=${from}`, '--', 'sh', '-c', 'echo $ETCD_WATCH_EVENT_TYPE-$ETCD_WATCH_VALUE'],
        () => '',
        '"PUT"-"last"\n',
      ],
    ])('watch: %s', async (_what, args, input, end) => {
      const outputs = [store, real].map(async ({ endpoint }) => {
        const from = (await revisionOf(endpoint)) + 1;
        for (const write of writes.slice(0, 2)) await etcdctlOutput(endpoint, ...write.split(' '));
        const watch = startEtcdctl(endpoint, args(from), input(from));
        await watch.says('2');
        for (const write of writes.slice(2)) await etcdctlOutput(endpoint, ...write.split(' '));
        await watch.says(end);
        return normalizeText(await watch.stop());
      });
      const [ours, theirs] = await Promise.all(outputs);
      expect(ours).toBe(theirs);
    });

    test('endpoint status has every field', async () => {
      const [ours, theirs] = await Promise.all(
        [store, real].map(async ({ endpoint }) => {
          const [{ Status }] = JSON.parse(await etcdctlOutput(endpoint, 'endpoint', 'status', '-w', 'json'));
          return { ...Status, header: { ...Status.header } };
        }),
      );
      // What newer servers tell, older clients pass over.
      expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
      expect(Object.keys(ours.header).sort()).toEqual(Object.keys(theirs.header).sort());
      expect(ours.header.revision).toBe(theirs.header.revision);
      expect(ours.leader).toBe(ours.header.member_id);
    });

    const underAlarm: Row[] = [
      'alarm list',
      'put alarmed x',
      'get alarmed',
      'del alarmed',
      ['txn', '\n\nput alarmed x\n\n\n'],
      ['txn', 'version("alarmed") = "0"\n\nget alarmed\n\n\n'],
      ['txn', 'version("alarmed") = "0"\n\nget alarmed\n\nput alarmed x\n\n'],
      'lease grant 60',
      'compaction 30',
      'endpoint health',
      'endpoint hashkv',
      'defrag',
      'alarm disarm',
      'put alarmed x',
      'alarm list',
    ];
    test.each(['NOSPACE', 'CORRUPT'] as const)('each command prints the same under the alarm %s', async (alarm) => {
      for (const server of [store, real]) {
        const client = server.client();
        const { header } = await client.status();
        await client.alarm({ action: 'ACTIVATE', memberId: header!.memberId, alarm });
        client.close();
      }
      const [{ Status: ours }, { Status: theirs }] = await Promise.all(
        [store, real].map(async ({ endpoint }) => {
          return JSON.parse(await etcdctlOutput(endpoint, 'endpoint', 'status', '-w', 'json'))[0];
        }),
      );
      expect(ours.errors.map(normalizeText)).toEqual(theirs.errors.map(normalizeText));
      expect(await differencesOf(underAlarm)).toEqual([]);
    });

    test('a mirror, there and back', async () => {
      const mirror = async (from: EtcdServer, to: EtcdServer, prefix: string): Promise<void> => {
        await etcdctlOutput(from.endpoint, 'put', `${prefix}/1`, 'before');
        const destination = ['--insecure-transport', '--prefix', prefix, to.endpoint.replace('http://', '')];
        const running = startEtcdctl(from.endpoint, ['make-mirror', ...destination]);
        const has = (key: string, value: string): Promise<unknown> =>
          eventually(`${key} is mirrored`, async () => (await etcdctlOutput(to.endpoint, 'get', key)).includes(value));
        await has(`${prefix}/1`, 'before');
        await etcdctlOutput(from.endpoint, 'put', `${prefix}/2`, 'after');
        await has(`${prefix}/2`, 'after');
        await running.stop();
      };
      await mirror(store, real, 'mirror-out');
      await mirror(real, store, 'mirror-in');
    });
  });

  test('watch from now on', async () => {
    const watch = startEtcdctl(store.endpoint, ['watch', 'now']);
    // It does not say when it is there.
    await eventually('it sees a put', async () => {
      await said('put', 'now', 'x');
      return watch.output() !== '';
    });
    await said('del', 'now');
    await watch.says('DELETE\nnow\n\n');
    await watch.stop();
  });

  test('an expired lease takes its keys with it', async () => {
    const [, lease] = (await said('lease', 'grant', '2')).split(' ');
    await said('put', '--lease', lease!, 'expiring', 'x');
    await eventually('the key is gone', async () => (await said('get', 'expiring')) === '');
    expect(await said('lease', 'timetolive', lease!)).toContain('already expired');
  });

  test('keep-alive keeps a lease', async () => {
    const [, lease] = (await said('lease', 'grant', '2')).split(' ');
    await said('put', '--lease', lease!, 'kept', 'x');
    const keeper = startEtcdctl(store.endpoint, ['lease', 'keep-alive', lease!]);
    const renewals = (): number => keeper.output().split('keepalived with TTL(2)').length - 1;
    await eventually('it was renewed past its first end', () => renewals() >= 5);
    expect(await said('get', 'kept', '--print-value-only')).toBe('x\n');
    await keeper.stop();
  });

  test('a lock is held by one at a time', async () => {
    const first = startEtcdctl(store.endpoint, ['lock', 'door']);
    await first.says('door/');
    const second = startEtcdctl(store.endpoint, ['lock', 'door', 'echo', 'mine now']);
    await eventually(
      'the second waits',
      async () => (await said('get', 'door/', '--prefix', '--keys-only')).match(/door/g)?.length === 2,
    );
    expect(second.output()).toBe('');
    await first.stop();
    await second.says('mine now');
    await second.stop();
    expect(await said('get', 'door/', '--prefix')).toBe('');
  });

  test('an election', async () => {
    const first = startEtcdctl(store.endpoint, ['elect', 'chair', 'ann']);
    await first.says('ann');
    const second = startEtcdctl(store.endpoint, ['elect', 'chair', 'bob']);
    await eventually('bob stands', async () => (await said('get', 'chair/', '--prefix')).includes('bob'));
    expect(await said('get', 'chair/', '--prefix', '--limit=1', '--order=ASCEND', '--sort-by=CREATE')).toContain('ann');
    await first.stop();
    await second.says('bob');
    await second.stop();
  });

  test('member list', async () => {
    const { members } = JSON.parse(await said('member', 'list', '-w', 'json'));
    expect(members).toEqual([expect.objectContaining({ name: 'default', clientURLs: [store.endpoint] })]);
    expect(await said('member', 'list')).toMatch(
      /^[0-9a-f]+, started, default, .*, http:\/\/127\.0\.0\.1:\d+, false\n$/,
    );
    expect(await said('member', 'list', '-w', 'table')).toContain('CLIENT ADDRS');
  });

  test('endpoint status as a table', async () => {
    expect(await said('endpoint', 'status', '-w', 'table')).toMatch(
      /127\.0\.0\.1:\d+ \| +[0-9a-f]+ \| +3\.5\.21 \|.*\| +true \|/,
    );
  });

  test.each([
    ['Auth/UserList', ['user', 'list']],
    ['Auth/UserAdd', ['user', 'add', 'ann', '--no-password']],
    ['Auth/RoleList', ['role', 'list']],
    ['Auth/AuthEnable', ['auth', 'enable']],
    ['Cluster/MemberAdd', ['member', 'add', 'other', '--peer-urls=http://127.0.0.1:1']],
    ['Cluster/MemberRemove', ['member', 'remove', '1']],
    ['Cluster/MemberUpdate', ['member', 'update', '1', '--peer-urls=http://127.0.0.1:1']],
    ['Cluster/MemberPromote', ['member', 'promote', '1']],
    ['Maintenance/MoveLeader', ['move-leader', '1']],
  ])('%s is not served, and named', async (path, args) => {
    const [service, method] = path.split('/');
    expect(await failure(...args)).toContain(
      `code = Unimplemented desc = unknown method ${method} for service etcdserverpb.${service}`,
    );
  });
});

// A minute in which the load of the machine decides: whether it is fast enough is the benchmark's question.
test.skipIf(!etcdctlPresent)('etcdctl check perf runs to its end', async () => {
  const store = await startStore({ url: `http://127.0.0.1:${storePort}` });
  try {
    const { stdout, status } = await etcdctl(store.endpoint, ['check', 'perf', '--load=s', '--auto-compact']);
    expect(stdout).not.toContain('too many errors');
    const verdicts = stdout.match(/(PASS|FAIL): (Throughput|Slowest request|Stddev)/g);
    expect(verdicts, stdout).toHaveLength(3);
    expect(status).toBe(stdout.includes('FAIL') ? 1 : 0);
    // It takes its keys away again.
    expect(await etcdctlOutput(store.endpoint, 'get', '/etcdctl-check-perf/', '--prefix', '--keys-only')).toBe('');
  } finally {
    await store.remove();
  }
});
