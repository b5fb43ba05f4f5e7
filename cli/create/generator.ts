/**
 * `minikctl create KIND NAME`: what all of them share. A generator says what the object is; here it gets its name and namespace,
 * is created, or not with `--dry-run`, and printed.
 *
 * Upstream: kubectl/pkg/cmd/create/create.go. Left out: `creationTimestamp: null` in what is printed, as kubectl leaves it out since 1.34.
 */
import { ApiError } from '../../api/errors.ts';
import { apiVersionOf, type ResourceName } from '../../api/kind.ts';
import type { KubeObject } from '../../api/types.ts';
import { withLastApplied } from '../apply.ts';
import type { CliCommand, OptionSpec, Options } from '../command.ts';
import { dryRunOption, parseDryRun, withDryRun } from '../dry-run.ts';
import { usageError } from '../errors.ts';
import { parseValidation, validateOption } from '../manifests.ts';
import { parseOutput } from '../output.ts';
import { printResult, resultOutputOption } from '../print-result.ts';
import type { Session } from '../session.ts';
import { createObject } from '../write.ts';

/** The object without what every object has. */
export type Content = Omit<KubeObject, 'metadata'> & { labels?: Record<string, string>; [field: string]: unknown };

export interface Generator {
  /** As typed behind `create`: `secret generic`. */
  command: string;
  kind: ResourceName & { singular: string };
  usage: string;
  options: OptionSpec[];
  examples: string;
  /** What stands in front of the server's refusal, for the kinds with which kubectl has something there. */
  failure?: string;
  /** Throws what is wrong with the options, in kubectl's words. `rest` is what stood behind the name. */
  content(name: string, options: Options, session: Session, rest: string[]): Content | Promise<Content>;
}

/** The options of every generator. */
const commonOptions: OptionSpec[] = [
  dryRunOption,
  resultOutputOption,
  ['--save-config', 'Record the object in itself, for a later apply.'],
  ['--field-manager <name>', 'Who is recorded as the writer of the fields.', { default: 'kubectl-create' }],
  validateOption,
];

/** The command of a generator. */
export const generate = ({ command, kind, usage, options, examples, failure, content }: Generator): CliCommand => ({
  usage,
  options: [...options, ...commonOptions],
  examples,
  async run(args, given, session, dash) {
    const own = dash === undefined ? args : args.slice(0, dash);
    const [name = ''] = own;
    if (own.length !== 1) throw usageError(`create ${command}`, `exactly one NAME is required, got ${own.length}`);
    const dryRun = parseDryRun(given, session);
    const output = parseOutput(String(given['output']));
    const fieldValidation = parseValidation(given['validate']);
    const { labels, ...rest } = await content(name, given, session, args.slice(own.length));
    const { namespace } = session.globals;
    const bare: KubeObject = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      ...rest,
      metadata: { ...(labels && { labels }), name, ...(kind.namespaced && namespace && { namespace }) },
    };
    const object = given['saveConfig'] ? withLastApplied(bare) : bare;
    const write = { fieldManager: String(given['fieldManager']), fieldValidation, dryRun };
    const placed = (): KubeObject =>
      kind.namespaced ? { ...object, metadata: { ...object.metadata, namespace: session.namespace } } : object;
    const send = (): Promise<KubeObject> => createObject(session.rest, kind, placed(), write).catch(failed(failure));
    const result = dryRun === 'client' ? object : await send();
    await printResult({ resource: kind, object: result }, withDryRun('created', dryRun), output, session);
  },
});

/** The values of an option that may be given several times. */
export const listOf = (options: Options, name: string): string[] => (options[name] as string[] | undefined) ?? [];

const failed =
  (prefix: string | undefined) =>
  (cause: Error): never => {
    throw prefix && cause instanceof ApiError ? new Error(`${prefix} ${cause.message}`, { cause }) : cause;
  };
