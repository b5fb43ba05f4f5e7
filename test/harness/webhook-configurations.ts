/** Webhook configurations to test with. */
import { networkInterfaces } from 'node:os';
import { endpointslices } from '../../api/kinds/endpointslices.ts';
import { services } from '../../api/kinds/services.ts';
import type { AdmissionWebhook } from './admission-webhook.ts';
import type { ApiServer } from './apiserver.ts';
import { json } from './custom-resources.ts';

export const configurations = '/apis/admissionregistration.k8s.io/v1';

/** `mutatingwebhookconfigurations` or `validatingwebhookconfigurations`. */
export const configurationsPath = (kind: 'mutating' | 'validating'): string =>
  `${configurations}/${kind}webhookconfigurations`;

/** A rule for one resource: `configmaps`, `apps/deployments`. All operations unless some are named. */
export function ruleFor(resource: string, operations: string[] = ['*'], version = '*') {
  const slash = resource.indexOf('/');
  const [group, name] =
    slash < 0 || !resource.slice(0, slash).match(/^apps$|\./)
      ? ['', resource]
      : [resource.slice(0, slash), resource.slice(slash + 1)];
  return { apiGroups: [group], apiVersions: [version], resources: [name], operations };
}

/** A webhook `NAME.example.com` that is only for objects, or for namespaces, with a label `webhook=NAME` unless `more` says otherwise. */
export const hookOf = (name: string, clientConfig: object, rule: object, more: object = {}) => ({
  name: `${name}.example.com`,
  clientConfig,
  rules: [rule],
  admissionReviewVersions: ['v1', 'v1beta1'],
  sideEffects: 'None',
  ...more,
});

/** Selects the objects with the label `webhook=VALUE`. */
export const labelled = (value: string) => ({ objectSelector: { matchLabels: { webhook: value } } });

/** Creates or replaces a configuration, and waits until the server asks by it. */
export async function configure(
  server: ApiServer,
  kind: 'mutating' | 'validating',
  name: string,
  webhooks: object[],
  labels: Record<string, string> = {},
): Promise<void> {
  const path = configurationsPath(kind);
  await json(server, 'DELETE', `${path}/${name}`);
  const { status, body } = await json(server, 'POST', path, { metadata: { name, labels }, webhooks });
  if (status !== 201) throw new Error(`cannot configure ${name}: ${body.message}`);
  await settled(server, kind);
}

/** A consistent read is answered from the cache when that has what was written before, so the server asks by it. */
export const settled = (server: ApiServer, kind: 'mutating' | 'validating') =>
  json(server, 'GET', configurationsPath(kind));

/** An address of this machine that endpoints may have. */
export const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

/** A Service `webhook` in `default` that leads to the webhook. */
export async function exposeAsService(server: ApiServer, { port }: AdmissionWebhook): Promise<void> {
  const metadata = { name: 'webhook', namespace: 'default' };
  const ports = [{ name: 'https', port: 443, protocol: 'TCP' as const }];
  const client = server.client();
  await client.of(services).create({ metadata, spec: { clusterIP: 'None', ports } });
  await client.of(endpointslices).create({
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'webhook' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ownAddress!] }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
  client.close();
}

/** The `clientConfig` that leads to a path of it through that Service. */
export const throughService = ({ caBundle }: AdmissionWebhook, path: string) => ({
  service: { name: 'webhook', namespace: 'default', path },
  caBundle,
});
