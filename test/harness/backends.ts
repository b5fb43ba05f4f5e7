/** What an API server may keep its objects in: our store, and a real etcd where it is installed. */
import { type EtcdServer, startEtcd, startStore } from './etcd.ts';
import { isPresent } from './run.ts';

export interface Backend {
  name: string;
  start(): Promise<EtcdServer>;
}

const etcdPresent = isPresent('etcd', '--version');

/** For `describe.each`; etcd listens on `etcdPort` and the one after it. */
export function backends(etcdPort: number): Backend[] {
  const ours = { name: 'our store', start: () => startStore() };
  if (etcdPresent) return [ours, { name: 'etcd', start: () => startEtcd(etcdPort) }];
  console.log('skipped on etcd: it is not installed (Debian: etcd-server)');
  return [ours];
}
