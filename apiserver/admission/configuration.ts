/**
 * `--admission-control-config-file`: what single plugins are told, each in a format of its own, inline or in another file.
 *
 * Upstream: apiserver/pkg/admission/config.go
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ConfigurationKind, readConfiguration } from '../configuration-file/read.ts';

const configurationKind: ConfigurationKind = {
  kind: 'AdmissionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'],
  fields: { plugins: [{ name: 'text', path: 'text', configuration: 'anything' }] },
};

interface AdmissionConfiguration {
  plugins?: { name?: string; path?: string; configuration?: unknown }[];
}

/** The text of each plugin's configuration, by the plugin's name. Throws, with the file's name, when it cannot be read. */
export function readPluginConfigurations(file: string | undefined): ReadonlyMap<string, string> {
  if (!file) return new Map();
  return within(file, () => {
    const text = readFileSync(file, 'utf8');
    const { plugins = [] } = readConfiguration<AdmissionConfiguration>(text, configurationKind, refuse);
    return new Map(
      plugins.map(({ name = '', path, configuration }) => {
        if (configuration !== undefined) return [name, JSON.stringify(configuration)];
        if (!path) throw new Error(`plugin ${JSON.stringify(name)} has neither a configuration nor a path`);
        const other = resolve(dirname(file), path);
        return [name, within(other, () => readFileSync(other, 'utf8'))];
      }),
    );
  });
}

/** For fields that nobody knows: what they were to say would not be done. */
export function refuse(message: string): never {
  throw new Error(message);
}

function within<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`admission configuration ${file}: ${(error as Error).message}`, { cause: error });
  }
}
