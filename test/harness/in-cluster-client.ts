/**
 * Runs inside of a pod: one client, made of what is mounted there, tries every second what its account may do and what not, and
 * prints a line of JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

export interface Attempt {
  /** The token's own number. */
  jti: string;
  /** Names of what it may list, or the code of a refusal. */
  configMaps: string[] | number;
  secrets: string[] | number;
  elsewhere: string[] | number;
  created: string[] | number;
}

const config = new KubeConfig();
config.loadFromCluster();
const core = config.makeApiClient(CoreV1Api);
const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? '';

interface Named {
  metadata?: { name?: string };
}

const namesOf = async (call: Promise<Named | { items: Named[] }>): Promise<string[] | number> => {
  try {
    const answer = await call;
    const objects = 'items' in answer ? answer.items : [answer];
    return objects.map(({ metadata }) => metadata?.name ?? '');
  } catch (error) {
    return (error as { code: number }).code;
  }
};

async function tokenNumber(): Promise<string> {
  const options = { headers: {} as Record<string, string> };
  await config.applyToHTTPSOptions(options);
  const [, claims = ''] = options.headers['Authorization']!.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
}

for (;;) {
  const attempt: Attempt = {
    configMaps: await namesOf(core.listNamespacedConfigMap({ namespace })),
    secrets: await namesOf(core.listNamespacedSecret({ namespace })),
    elsewhere: await namesOf(core.listNamespacedConfigMap({ namespace: 'kube-system' })),
    created: await namesOf(core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'new' } } })),
    jti: await tokenNumber(),
  };
  console.log(JSON.stringify(attempt));
  await sleep(1000);
}
