/** Conformance rows that ask for every verb on a kind. Each is the same life of three objects: see harness/every-verb.ts. */
import { afterAll, beforeAll, test } from 'vitest';
import { cronjobs } from '../api/kinds/cronjobs.ts';
import { deviceclasses } from '../api/kinds/deviceclasses.ts';
import { endpointslices } from '../api/kinds/endpointslices.ts';
import { eventsEvents } from '../api/kinds/events-events.ts';
import { horizontalpodautoscalers } from '../api/kinds/horizontalpodautoscalers.ts';
import { horizontalpodautoscalersV1 } from '../api/kinds/horizontalpodautoscalers-v1.ts';
import { ingressclasses } from '../api/kinds/ingressclasses.ts';
import { ingresses } from '../api/kinds/ingresses.ts';
import { ipaddresses } from '../api/kinds/ipaddresses.ts';
import { leases } from '../api/kinds/leases.ts';
import { limitranges } from '../api/kinds/limitranges.ts';
import { persistentvolumeclaims } from '../api/kinds/persistentvolumeclaims.ts';
import { persistentvolumes } from '../api/kinds/persistentvolumes.ts';
import { poddisruptionbudgets } from '../api/kinds/poddisruptionbudgets.ts';
import { resourceclaims } from '../api/kinds/resourceclaims.ts';
import { resourceclaimtemplates } from '../api/kinds/resourceclaimtemplates.ts';
import { resourceslices } from '../api/kinds/resourceslices.ts';
import { runtimeclasses } from '../api/kinds/runtimeclasses.ts';
import { servicecidrs } from '../api/kinds/servicecidrs.ts';
import { storageclasses } from '../api/kinds/storageclasses.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { acceptEveryVerb } from './harness/every-verb.ts';

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25202);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

test('conformance: CronJob API Operations', () => acceptEveryVerb(server, cronjobs));
test('conformance: PodDisruptionBudget: create, update, patch, and delete object', () =>
  acceptEveryVerb(server, poddisruptionbudgets));
test('conformance: EndpointSlice API', () => acceptEveryVerb(server, endpointslices));
test('conformance: Ingress API', () => acceptEveryVerb(server, ingresses));
test('conformance: IngressClass API', () => acceptEveryVerb(server, ingressclasses));
test('conformance: IPAddress API', () => acceptEveryVerb(server, ipaddresses));
test('conformance: ServiceCIDR API', () => acceptEveryVerb(server, servicecidrs));
test('conformance: lease API should be available', () => acceptEveryVerb(server, leases));
test('conformance: RuntimeClass API', () => acceptEveryVerb(server, runtimeclasses));
test('conformance: CRUD operations for deviceclasses', () => acceptEveryVerb(server, deviceclasses));
test('conformance: CRUD operations for resourceclaims', () => acceptEveryVerb(server, resourceclaims));
test('conformance: CRUD operations for resourceclaimtemplates', () => acceptEveryVerb(server, resourceclaimtemplates));
test('conformance: CRUD operations for resoureslices', () => acceptEveryVerb(server, resourceslices));
test('conformance: LimitRange, list, patch and delete a LimitRange by collection', () =>
  acceptEveryVerb(server, limitranges));
test('conformance: StorageClass, lifecycle', () => acceptEveryVerb(server, storageclasses));
test('conformance: PersistentVolumes(Claims), lifecycle', async () => {
  await acceptEveryVerb(server, persistentvolumes);
  await acceptEveryVerb(server, persistentvolumeclaims);
});

test('kinds of which objects are stored in another version', async () => {
  await acceptEveryVerb(server, eventsEvents);
  await acceptEveryVerb(server, horizontalpodautoscalers);
  await acceptEveryVerb(server, horizontalpodautoscalersV1);
});
