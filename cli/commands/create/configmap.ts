/** `minikctl create configmap`. Upstream: kubectl/pkg/cmd/create/create_configmap.go. Left out: --append-hash. */
import { isUtf8 } from 'node:buffer';
import { configmaps } from '../../../api/kinds/configmaps.ts';
import { generate } from '../../create/generator.ts';
import { readSources, sourceOptions } from '../../create/keyed-sources.ts';

export const createConfigMap = generate({
  command: 'configmap',
  failure: 'failed to create configmap:',
  kind: configmaps,
  usage: 'NAME [--from-literal=KEY=VALUE] [--from-file=[KEY=]PATH] [--from-env-file=PATH]',
  options: sourceOptions,
  examples: `  minikctl create configmap settings --from-literal=color=blue --from-file=nginx.conf
  minikctl create configmap variables --from-env-file=app.env`,
  content(name, options) {
    const entries = [
      ...readSources(options, {
        badKey: (key, why) => `"${key}" is not a valid key name for a ConfigMap: ${why}`,
        duplicate: (key) =>
          `cannot add key "${key}", another key by that name already exists in Data for ConfigMap "${name}"`,
      }),
    ];
    const texts = entries.filter(([, value]) => isUtf8(value)).map(([key, value]) => [key, value.toString('utf8')]);
    const bytes = entries.filter(([, value]) => !isUtf8(value)).map(([key, value]) => [key, value.toString('base64')]);
    return {
      ...(texts.length > 0 && { data: Object.fromEntries(texts) as Record<string, string> }),
      ...(bytes.length > 0 && { binaryData: Object.fromEntries(bytes) as Record<string, string> }),
    };
  },
});
