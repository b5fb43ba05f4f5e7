/**
 * Whether a server behind this one can be asked: its Service is there, has endpoints, and answers for its group version. What it
 * lists there is kept for discovery.
 *
 * Upstream: kube-aggregator/pkg/controllers/status/remote
 */
import { pathOfGroupVersion } from '../../api/kind.ts';
import { isObject } from '../../api/patch/json.ts';
import type { APIService, EndpointSlice, Service } from '../../api/types.ts';
import type { ApiResource } from '../discovery/groups.ts';
import type { Resources } from '../registry/resources.ts';
import type { Remote } from './remote.ts';

export interface Availability {
  available: boolean;
  reason: string;
  message: string;
  /** What the server lists; undefined when it has not answered. */
  resources?: ApiResource[];
}

const timeoutMs = 5000;

/** Never rejects: what goes wrong is the finding. */
export async function checkAvailability(remote: Remote, resources: Resources): Promise<Availability> {
  const missing = missingService(remote, resources);
  if (missing) return { available: false, ...missing };
  const { group = '', version = '' } = remote.service.spec!;
  const path = `/${pathOfGroupVersion({ group, version })}`;
  const failed = (url: string, why: string): Availability => ({
    available: false,
    reason: 'FailedDiscoveryCheck',
    message: `failing or missing response from ${url}: ${why}`,
  });
  let url = path;
  try {
    const { host, port } = await remote.address();
    url = `https://${host}:${port}${path}`;
    const { status, body } = await remote.get(path, timeoutMs);
    if (status < 200 || status > 299) return failed(url, `bad status from ${url}: ${status}`);
    return { available: true, reason: 'Passed', message: 'all checks passed', resources: resourcesIn(body) };
  } catch (error) {
    return failed(url, `Get ${JSON.stringify(url)}: ${(error as Error).message}`);
  }
}

type Missing = Pick<Availability, 'reason' | 'message'>;

/** What of the Service is not there. */
function missingService({ service, port }: Remote, resources: Resources): Missing | undefined {
  const { namespace = '', name = '' } = service.spec!.service!;
  const about = `service/${name} in ${JSON.stringify(namespace)}`;
  const found = resources.must('', 'services').cache.get(`${namespace}/${name}`)?.object as Service | undefined;
  if (!found) return { reason: 'ServiceNotFound', message: `${about} is not present` };
  if (found.spec?.type === 'ExternalName') return undefined;
  const servicePort = found.spec?.ports?.find((one) => one.port === port);
  if (!servicePort) return { reason: 'ServicePortError', message: `${about} is not listening on port ${port}` };
  const slices = slicesOf(resources, namespace, name);
  if (slices.length === 0) return { reason: 'EndpointsNotFound', message: `cannot find endpointslices for ${about}` };
  const portName = servicePort.name ?? '';
  const ready = slices.some(
    ({ endpoints, ports }) =>
      (ports ?? []).some((one) => (one.name ?? '') === portName) &&
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  );
  if (ready) return undefined;
  const message = `endpointslices for ${about} have no addresses with port name ${JSON.stringify(portName)}`;
  return { reason: 'MissingEndpoints', message };
}

const slicesOf = (resources: Resources, namespace: string, name: string): EndpointSlice[] =>
  resources
    .must('discovery.k8s.io', 'endpointslices')
    .cache.list(`${namespace}/`)
    .map(({ object }) => object as EndpointSlice)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);

/** Of an APIResourceList, the resources that discovery can list. */
function resourcesIn(body: Buffer): ApiResource[] {
  const list: unknown = JSON.parse(body.toString());
  const resources = isObject(list) && Array.isArray(list['resources']) ? (list['resources'] as unknown[]) : [];
  return resources.filter(
    (one): one is ApiResource =>
      isObject(one) &&
      typeof one['name'] === 'string' &&
      typeof one['kind'] === 'string' &&
      Array.isArray(one['verbs']),
  );
}

/** The condition that says so. */
export const conditionOf = ({ available, reason, message }: Availability) => ({
  type: 'Available',
  status: available ? 'True' : 'False',
  reason,
  message,
});

export const isRemote = ({ spec }: APIService): boolean => spec?.service !== undefined && spec.service !== null;
