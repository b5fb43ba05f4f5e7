/**
 * `minikctl wait`: until a condition holds, a path has a value, or the object is gone or there.
 * Upstream: kubectl/pkg/cmd/wait
 */
import { ApiError } from '../../api/errors.ts';
import type { KubeObject } from '../../api/types.ts';
import { parseDuration } from '../../client/component/flags.ts';
import type { CliCommand } from '../command.ts';
import { throwIfAny } from '../errors.ts';
import { toText, valuesAt } from '../jsonpath.ts';
import { objectLabel } from '../resources.ts';
import { type Selected, selectObjects, selectOptions } from '../select.ts';
import type { Session } from '../session.ts';
import { waitFor, weekMs } from '../wait-for.ts';

/** Whether the object, or its absence, is what is waited for. */
type Condition = (object: KubeObject | undefined) => boolean;

export const wait: CliCommand = {
  usage: "--for=(condition=NAME[=VALUE] | jsonpath='{PATH}'[=VALUE] | delete | create) ([-f FILE] | TYPE/NAME...)",
  options: [
    ['--for <condition>', 'What to wait for.'],
    ['--timeout <duration>', 'How long at most; below zero a week, 0 looks once.', { default: '30s' }],
    ...selectOptions,
  ],
  examples: `  minikctl wait --for=condition=Ready pod/web --timeout=60s
  minikctl wait --for=jsonpath='{.status.readyReplicas}'=3 rs/web
  minikctl wait --for=delete pod -l app=web`,
  async run(args, options, session) {
    const text = String(options['for'] ?? '');
    const condition = parseCondition(text);
    const timeoutMs = timeoutOf(String(options['timeout']));
    const selected = await selectObjects(args, options, session);
    const mayBeAbsent = /^(delete|create)$/i.test(text);
    if (selected.length === 0 && !mayBeAbsent) throw new Error('no matching resources found');
    const deadline = Date.now() + timeoutMs;
    const errors: unknown[] = [];
    const waitOne = async (one: Selected): Promise<void> => {
      const present = await isPresent(one, mayBeAbsent, session);
      // What is gone already is passed over in silence.
      if (!present && text.toLowerCase() === 'delete') return;
      await untilMet(one, condition, timeoutMs === 0 ? 0 : Math.max(1, deadline - Date.now()), session);
      session.print(`${objectLabel(one.resource, one.name)} condition met`);
    };
    for (const one of selected) await waitOne(one).catch((error: unknown) => errors.push(error));
    throwIfAny(errors);
  },
};

/** An object that does not exist is an error at once, unless that is what is waited for. */
async function isPresent(one: Selected, mayBeAbsent: boolean, session: Session): Promise<boolean> {
  try {
    await session.rest.of(one.resource).get(one.name, one.namespace);
    return true;
  } catch (error) {
    if (mayBeAbsent && error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}

async function untilMet(one: Selected, condition: Condition, timeoutMs: number, session: Session): Promise<void> {
  if (timeoutMs > 0) {
    await waitFor(session.rest, one, (object) => condition(object) || undefined, timeoutMs);
    return;
  }
  const now = await session.rest
    .of(one.resource)
    .list({ namespace: one.namespace, fieldSelector: `metadata.name=${one.name}` });
  if (!condition(now.items[0])) throw new Error(`condition not met for ${one.resource.plural}/${one.name}`);
}

function timeoutOf(text: string): number {
  if (text.startsWith('-')) return weekMs;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new Error(`invalid argument "${text}" for "--timeout" flag: expected a duration such as 30s`);
  return ms;
}

function parseCondition(text: string): Condition {
  if (text.toLowerCase() === 'delete') return (object) => object === undefined;
  if (text.toLowerCase() === 'create') return (object) => object !== undefined;
  const [, kind, rest = ''] = /^(condition|jsonpath)=(.*)$/s.exec(text) ?? [];
  if (kind === 'condition') return statusCondition(rest);
  if (kind === 'jsonpath') return pathCondition(rest);
  throw new Error(`unrecognized condition: "${text}"`);
}

interface WithConditions extends KubeObject {
  status?: { conditions?: { type: string; status: string; observedGeneration?: number }[] };
}

/** `Ready`, or `Ready=False`. A condition seen at an older generation of the object does not count. */
function statusCondition(text: string): Condition {
  const [name = '', value = 'true'] = text.split('=');
  return (object) => {
    const { metadata, status } = (object ?? { metadata: {} }) as WithConditions;
    const found = status?.conditions?.find(({ type }) => type.toLowerCase() === name.toLowerCase());
    if (!found || (found.observedGeneration ?? Infinity) < (metadata.generation ?? 0)) return false;
    return found.status.toLowerCase() === value.toLowerCase();
  };
}

/** `{.status.phase}=Running`, or `{.status.loadBalancer.ingress}` for any value. Two equals signs are part of the path. */
function pathCondition(text: string): Condition {
  const [path = '', value, ...more] = text.split(/(?<![=!<>])=(?!=)/);
  if (more.length > 0)
    throw new Error(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  if (path === '') throw new Error('jsonpath expression cannot be empty');
  const wanted = value?.replace(/^['"]|['"]$/g, '');
  if (wanted === '')
    throw new Error(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  // Read it now, so that a path that cannot be read fails at once.
  valuesAt(path, {});
  return (object) => {
    const values = object ? valuesAt(path, object) : [];
    if (wanted === undefined) return values.length > 0;
    return values.length === 1 && toText(values[0]).toLowerCase() === wanted.toLowerCase();
  };
}
