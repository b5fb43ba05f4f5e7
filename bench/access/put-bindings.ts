/** Puts many roles and bindings into a server's store, as another API server of the same store would. */
import type { KubeObject } from '../../api/types.ts';
import { rbacGroup } from '../../api/validation/rbac.ts';
import type { Ours } from '../apiserver/servers.ts';
import { bindingCount, manyBindings } from '../authorization/world.ts';

const atOnce = 256;

/** Resolves once the server has all of them. */
export async function putBindings({ ask, store }: Ours): Promise<void> {
  const client = store.client();
  const put = ({ plural, object }: { plural: string; object: KubeObject }) => {
    const { name, namespace } = object.metadata;
    const metadata = { name, namespace, uid: crypto.randomUUID(), creationTimestamp: '2026-01-01T00:00:00Z' };
    const key = `/registry/${plural}/${namespace ? `${namespace}/` : ''}${name}`;
    return client.put({ key, value: JSON.stringify({ ...object, metadata }) });
  };
  try {
    const all = [...manyBindings()];
    for (let from = 0; from < all.length; from += atOnce) await Promise.all(all.slice(from, from + atOnce).map(put));
  } finally {
    client.close();
  }
  const last = bindingCount - 1;
  await ask('GET', `/apis/${rbacGroup}/v1/namespaces/ns-${last % 100}/rolebindings/binding-${last}`);
}
