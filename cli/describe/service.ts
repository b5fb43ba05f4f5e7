/** `describe service`. Upstream: kubectl/pkg/describe (ServiceDescriber) */
import { endpointslices } from '../../api/kinds/endpointslices.ts';
import type { EndpointSlice, Service } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import type { Describer } from './describer.ts';
import { describeEvents } from './events.ts';
import { describeMetadata } from './metadata.ts';

/** How many endpoints of a port are named. */
const maxEndpoints = 3;

export const describeService: Describer<Service> = async (service, out, { rest, events, now }) => {
  const spec = service.spec ?? {};
  const slices = await slicesOf(service, rest);
  describeMetadata(service, out);
  const selector = Object.entries(spec.selector ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  out.field(0, 'Selector', selector.map(([key, value]) => `${key}=${value}`).join(',') || '<none>');
  out.field(0, 'Type', spec.type ?? '');
  if (spec.ipFamilyPolicy) out.field(0, 'IP Family Policy', spec.ipFamilyPolicy);
  if (spec.ipFamilies?.length) out.field(0, 'IP Families', spec.ipFamilies.join(','));
  out.field(0, 'IP', spec.clusterIP ?? '');
  if (spec.clusterIPs?.length) out.field(0, 'IPs', spec.clusterIPs.join(','));
  if (spec.externalIPs?.length) out.field(0, 'External IPs', spec.externalIPs.join(','));
  if (spec.externalName) out.field(0, 'External Name', spec.externalName);
  for (const { name, port, protocol, targetPort, nodePort } of spec.ports ?? []) {
    const label = name || '<unset>';
    out.field(0, 'Port', `${label}\t${port}/${protocol ?? 'TCP'}`);
    out.field(0, 'TargetPort', `${targetPort ?? port}/${protocol ?? 'TCP'}`);
    if (nodePort) out.field(0, 'NodePort', `${label}\t${nodePort}/${protocol ?? 'TCP'}`);
    out.field(0, 'Endpoints', endpointsText(slices, name ?? ''));
  }
  out.field(0, 'Session Affinity', spec.sessionAffinity ?? 'None');
  if (spec.externalTrafficPolicy) out.field(0, 'External Traffic Policy', spec.externalTrafficPolicy);
  if (spec.internalTrafficPolicy) out.field(0, 'Internal Traffic Policy', spec.internalTrafficPolicy);
  describeEvents(out, await events(), now);
};

async function slicesOf({ metadata }: Service, rest: RestClient): Promise<EndpointSlice[]> {
  const labelSelector = `kubernetes.io/service-name=${metadata.name}`;
  return (await rest.of(endpointslices).list({ namespace: metadata.namespace, labelSelector })).items;
}

/** The ready endpoints of the port of that name: three, and how many more. */
function endpointsText(slices: EndpointSlice[], portName: string): string {
  const addresses = slices.flatMap(({ endpoints, ports }) => {
    const port = ports?.find(({ name }) => (name ?? '') === portName)?.port;
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return port === undefined ? [] : ready.flatMap(({ addresses: all }) => all.map((address) => `${address}:${port}`));
  });
  const shown = addresses.slice(0, maxEndpoints).join(',');
  return addresses.length > maxEndpoints ? `${shown} + ${addresses.length - maxEndpoints} more...` : shown;
}
