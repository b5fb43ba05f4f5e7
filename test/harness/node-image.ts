/**
 * An image with the Node that runs the tests, and the libraries that it is linked to: for programs of ours inside of pods, where
 * no registry is needed. It stays on the machine, because it takes seconds to make.
 */
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Container, PodSpec, Volume } from '../../api/types.ts';
import { output, run } from './run.ts';

const image = `minik/test-node:${process.versions.node}`;
const root = resolve(import.meta.dirname, '../..');
/** Where it is in the image. */
export const node = '/usr/local/bin/node';

/** Makes the image, unless it is there. */
export async function ensureNodeImage(): Promise<void> {
  if ((await run('docker', ['image', 'inspect', image])).status === 0) return;
  const program = realpathSync(process.execPath);
  const libraries = [...(await output('ldd', [program])).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  // As the names in the archive are: without the first slash.
  const [own, ...others] = [program, ...libraries].map((path) => path.slice(1));
  const pack = `own=$1; tar -ch -C / --transform "s,^$own$,${node.slice(1)}," "$@" | docker import - ${image}`;
  await output('sh', ['-c', pack, 'sh', own!, ...others]);
}

/** A pod's spec that runs a program of this folder, with the packages of this checkout. */
export function nodeProgram(file: string, more: Partial<Container> = {}): PodSpec {
  const folders: [string, string, string][] = [
    ['programs', import.meta.dirname, '/programs'],
    ['packages', realpathSync(join(root, 'node_modules')), '/node_modules'],
  ];
  const volumes: Volume[] = folders.map(([name, path]) => ({ name, hostPath: { path } }));
  const volumeMounts = folders.map(([name, , mountPath]) => ({ name, mountPath, readOnly: true }));
  const container = {
    name: 'main',
    image,
    imagePullPolicy: 'Never',
    command: [node, '--disable-warning=ExperimentalWarning', `/programs/${file}`],
    ...more,
    volumeMounts: [...volumeMounts, ...(more.volumeMounts ?? [])],
  };
  return { containers: [container], volumes, terminationGracePeriodSeconds: 0 };
}
