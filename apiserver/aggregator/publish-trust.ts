/**
 * Tells servers behind this one whom to trust: the ConfigMap `kube-system/extension-apiserver-authentication` has the CA of clients, and
 * the CA, the names and the headers of front proxies.
 *
 * Upstream: pkg/controlplane/controller/clusterauthenticationtrust
 */
import { ApiError } from '../../api/errors.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { ConfigMap, KubeObject } from '../../api/types.ts';
import type { FlagValues } from '../../client/component/flags.ts';
import type { requestHeaderFlags } from '../authn/request-header.ts';
import { create } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';
import { update } from '../registry/update.ts';
import { ownWrite } from '../registry/write-options.ts';

const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };

export interface Trust {
  clientCa?: string | undefined;
  requestHeaderCa?: string | undefined;
  flags: FlagValues<typeof requestHeaderFlags>;
}

/** Writes what has changed. What another server has put there beside it stays. */
export async function publishTrust(registry: Registry, trust: Trust): Promise<void> {
  const resource = registry.resources.must('', 'configmaps');
  const data = dataOf(trust);
  if (Object.keys(data).length === 0) return;
  const stored = resource.cache.get(`${place.namespace}/${place.name}`)?.object as ConfigMap | undefined;
  const wanted = (before: ConfigMap): ConfigMap => ({ ...before, data: { ...before.data, ...data } });
  if (stored && isEqual(wanted(stored), stored)) return;
  const options = ownWrite('kube-apiserver');
  const fresh = { kind: 'ConfigMap', apiVersion: 'v1', metadata: place, data } as KubeObject;
  if (!stored) {
    try {
      await create(registry, resource, place.namespace, fresh, options);
      return;
    } catch (error) {
      // Another apiserver was faster.
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }
  const change = (before: KubeObject): KubeObject => wanted(before as ConfigMap) as KubeObject;
  await update(registry, resource, place.namespace, place.name, change, options);
}

function dataOf({ clientCa, requestHeaderCa, flags }: Trust): Record<string, string> {
  const list = (name: keyof Trust['flags']): string => JSON.stringify(flags[name] ?? []);
  return {
    ...(clientCa && { 'client-ca-file': clientCa }),
    ...(requestHeaderCa && {
      'requestheader-client-ca-file': requestHeaderCa,
      'requestheader-allowed-names': list('requestheader-allowed-names'),
      'requestheader-username-headers': list('requestheader-username-headers'),
      'requestheader-uid-headers': list('requestheader-uid-headers'),
      'requestheader-group-headers': list('requestheader-group-headers'),
      'requestheader-extra-headers-prefix': list('requestheader-extra-headers-prefix'),
    }),
  };
}
