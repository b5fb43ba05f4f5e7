/**
 * Python with Kubernetes' library: Debian's own where it is installed, else as `npm test` has unpacked it
 * (`scripts/peers.ts`).
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './run.ts';

export interface Python {
  command: string;
  env: NodeJS.ProcessEnv;
}

const unpacked = resolve(import.meta.dirname, '../../node_modules/.cache/debian/packages/usr');
const debian = '/usr/bin/python3';

/** Undefined when there is none. */
export async function pythonWithKubernetes(): Promise<Python | undefined> {
  const own = existsSync(join(unpacked, 'bin/python3'));
  const candidates: Python[] = [
    { command: debian, env: {} },
    {
      command: own ? join(unpacked, 'bin/python3') : debian,
      env: {
        PYTHONPATH: join(unpacked, 'lib/python3/dist-packages'),
        PYTHONDONTWRITEBYTECODE: '1',
        ...(own && { PYTHONHOME: unpacked }),
      },
    },
  ];
  for (const python of candidates.filter(({ command }) => existsSync(command))) {
    const { status } = await run(python.command, ['-c', 'import kubernetes'], { env: python.env });
    if (status === 0) return python;
  }
  return undefined;
}
