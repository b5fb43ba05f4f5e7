/**
 * The variables by which a container finds the services of its namespace, and the API server.
 *
 *     WEB_SERVICE_HOST=10.96.0.20  WEB_SERVICE_PORT=80  WEB_PORT_80_TCP=tcp://10.96.0.20:80  ...
 *
 * Upstream: pkg/kubelet/envvars/envvars.go, pkg/kubelet/kubelet_pods.go (getServiceEnvVarMap)
 */
import type { Service } from '../../api/types.ts';

const apiService = { namespace: 'default', name: 'kubernetes' };

const variableName = (name: string): string => name.replaceAll('-', '_').toUpperCase();
const hasAddress = (service: Service): boolean => !['', 'None', undefined].includes(service.spec?.clusterIP);

/** Which services a pod of that namespace learns of; without links only the API server. */
export const visibleServices = (services: Service[], namespace: string, enableLinks: boolean): Service[] =>
  services.filter((service) => {
    const { namespace: own, name } = service.metadata;
    if (!hasAddress(service)) return false;
    return (own === apiService.namespace && name === apiService.name) || (enableLinks && own === namespace);
  });

/** The variables of the given services; of two services of one name the later one counts. */
export function serviceEnv(services: Service[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const service of services) {
    const prefix = variableName(service.metadata.name ?? '');
    const host = service.spec?.clusterIP ?? '';
    const ports = service.spec?.ports ?? [];
    const [first] = ports;
    env[`${prefix}_SERVICE_HOST`] = host;
    if (!first) continue;
    env[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const port of ports)
      if (port.name) env[`${prefix}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port);
    const url = (port: typeof first): string => `${(port.protocol ?? 'TCP').toLowerCase()}://${host}:${port.port}`;
    env[`${prefix}_PORT`] = url(first);
    for (const port of ports) {
      const protocol = port.protocol ?? 'TCP';
      const base = `${prefix}_PORT_${port.port}_${protocol}`;
      env[base] = url(port);
      env[`${base}_PROTO`] = protocol.toLowerCase();
      env[`${base}_PORT`] = String(port.port);
      env[`${base}_ADDR`] = host;
    }
  }
  return env;
}
