/** The cluster of the matrix: an API server with every admission plugin, all that the matrix asks for, and who is bound to what. */
import { clusterroles } from '../../api/kinds/clusterroles.ts';
import { customresourcedefinitions } from '../../api/kinds/customresourcedefinitions.ts';
import { namespaces } from '../../api/kinds/namespaces.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { resourcequotas } from '../../api/kinds/resourcequotas.ts';
import type { RestClient } from '../../client/rest.ts';
import { ApiServer } from '../harness/apiserver.ts';
import { startComponent } from '../harness/component.ts';
import { type EtcdServer, startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { bindAll } from './bindings.ts';
import {
  canaryOf,
  cluster,
  collectionPath,
  namespacesOfMatrix,
  nodeNames,
  objectOf,
  placesOf,
  targets,
  widgetDefinition,
} from './targets.ts';

export interface World {
  server: ApiServer;
  store: EtcdServer;
  admin: RestClient;
  /** Every key of the store with the revision at which it was written last. */
  revisions(): Promise<Map<string, string>>;
  remove(): Promise<void>;
}

/** `port` and the one after it must be free. */
export async function startWorld(port: number): Promise<World> {
  const store = await startStore();
  const server = await ApiServer.start(store.endpoint, port, {
    'disable-admission-plugins': '',
    'enable-bootstrap-token-auth': 'true',
  });
  const admin = server.client();
  await plant(admin);
  await bindAll(admin);
  await aggregateRoles(server, admin, port + 1);
  return {
    server,
    store,
    admin,
    revisions: () => revisionsOf(store),
    async remove() {
      admin.close();
      await server.remove();
      await store.remove();
    },
  };
}

/** The controllers put the roles together, and are gone afterwards: nobody writes while the matrix runs. */
async function aggregateRoles(server: ApiServer, admin: RestClient, port: number): Promise<void> {
  const controllers = await startComponent('controllers', server, port, ['--leader-elect=false']);
  try {
    await eventually('the roles are put together', async () => {
      const { rules = [] } = await admin.of(clusterroles).get('admin');
      const has = (resource: string) => rules.some(({ resources }) => resources?.includes(resource));
      return ['widgets', 'pods/exec', 'rolebindings', 'deployments'].every(has);
    });
  } finally {
    await controllers.stop();
  }
}

async function plant(admin: RestClient): Promise<void> {
  for (const name of namespacesOfMatrix) {
    const annotations = { canary: canaryOf('namespaces', name) };
    await admin.of(namespaces).create({ metadata: { name, annotations, labels: { matrix: 'target' } } });
  }
  await admin
    .of(nodes)
    .create({ metadata: { name: nodeNames.b, annotations: { canary: canaryOf('nodes', cluster) } } });
  await admin.of(customresourcedefinitions).create(widgetDefinition);
  await eventually('the custom kind is served', async () => {
    const { text } = await admin.request({ path: '/apis/matrix.example.com/v1' });
    return text.includes('widgets');
  });
  const post = (path: string, body: object) => admin.request({ method: 'POST', path, body });
  for (const account of ['default', 'target']) {
    for (const place of namespacesOfMatrix) {
      const annotations = { canary: canaryOf('serviceaccounts', place) };
      await post(`/api/v1/namespaces/${place}/serviceaccounts`, {
        metadata: { name: account, annotations, labels: { matrix: 'target' } },
      });
    }
  }
  const planted = new Set(['namespaces', 'serviceaccounts']);
  // Limits and quotas last: what they count is there already.
  const late = ['limitranges', 'resourcequotas'];
  const inOrder = [...targets].sort((x, y) => Number(late.includes(x.plural)) - Number(late.includes(y.plural)));
  for (const target of inOrder) {
    // A kind in another version is the same object.
    if (!target.planted || planted.has(target.plural)) continue;
    planted.add(target.plural);
    for (const place of placesOf(target)) {
      await post(collectionPath(target, place), objectOf(target, place, 'target'));
      if (target.plural !== 'resourcequotas') continue;
      await admin.of(resourcequotas).patch('target', place, { status: target.status }, { subresource: 'status' });
    }
  }
}

async function revisionsOf(store: EtcdServer): Promise<Map<string, string>> {
  const client = store.client();
  try {
    const { kvs = [] } = await client.range({ key: '/registry/', rangeEnd: '/registry0', keysOnly: true });
    return new Map(kvs.map(({ key, modRevision }) => [String(key), String(modRevision)]));
  } finally {
    client.close();
  }
}
