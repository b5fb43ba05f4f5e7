/**
 * What a command that changes an object says: `role.rbac.authorization.k8s.io/reader created`, or the object itself with `-o`.
 * Upstream: cli-runtime/pkg/printers/name.go
 */
import type { OptionSpec } from './command.ts';
import { formatItems, type Item, type Output } from './output.ts';
import { objectLabel } from './resources.ts';
import type { Session } from './session.ts';

export const resultOutputOption: OptionSpec = [
  '-o, --output <format>',
  'Print the objects: json, yaml, name, jsonpath=TEMPLATE.',
  { default: '' },
];

export async function printResult(
  { resource, object }: Item,
  verb: string,
  output: Output,
  session: Session,
): Promise<void> {
  if (output.format === 'table') session.print(`${objectLabel(resource, object.metadata.name ?? '')} ${verb}`);
  else process.stdout.write(await formatItems([{ resource, object }], output, true));
}
