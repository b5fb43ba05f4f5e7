/**
 * `minikctl scale`: sets how many replicas a resource shall have, through its scale subresource.
 * Upstream: kubectl/pkg/cmd/scale
 */
import type { Scale } from '../../api/types.ts';
import { type CliCommand, integer } from '../command.ts';
import { ExitError, throwIfAny } from '../errors.ts';
import { objectLabel } from '../resources.ts';
import { nothingSelected, type Selected, selectObjects, selectOptions } from '../select.ts';

export const scale: CliCommand = {
  usage: '--replicas=N (-f FILE | TYPE NAME | TYPE/NAME...)',
  options: [
    ['--replicas <n>', 'How many there shall be.', { parse: integer(-Infinity) }],
    ['--current-replicas <n>', 'Only if there are this many now.', { parse: integer(-1) }],
    ...selectOptions,
  ],
  async run(args, options, session) {
    const replicas = options['replicas'] as number | undefined;
    if (replicas === undefined) throw new ExitError('error: required flag(s) "replicas" not set');
    if (replicas < 0)
      throw new Error('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    if (args.length === 0 && !options['filename']) throw new ExitError(nothingSelected);
    const expected = options['currentReplicas'] as number | undefined;
    const scaleOne = async ({ resource, namespace, name }: Selected): Promise<void> => {
      const path = session.rest.of(resource).path(namespace, name, 'scale');
      if (expected !== undefined && expected >= 0) {
        const { spec } = await session.rest.json<Scale>({ path });
        const now = spec?.replicas ?? 0;
        if (now !== expected) throw new Error(`Expected replicas to be ${expected}, was ${now}`);
      }
      const contentType = 'application/merge-patch+json';
      await session.rest.json<Scale>({ method: 'PATCH', path, contentType, body: { spec: { replicas } } });
      session.print(`${objectLabel(resource, name)} scaled`);
    };
    const selected = await selectObjects(args, options, session);
    if (selected.length === 0) throw new Error('no objects passed to scale');
    const errors: unknown[] = [];
    for (const one of selected) await scaleOne(one).catch((error: unknown) => errors.push(error));
    throwIfAny(errors);
  },
};
