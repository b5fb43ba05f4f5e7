import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../api/audit-event.ts';
import { forbidden } from '../../api/errors.ts';
import { type Call, json, type Reply } from '../request/call.ts';
import { requestInfo } from '../request/info.ts';
import { success } from '../request/status.ts';
import { Auditor } from './auditor.ts';
import type { Policy } from './policy.ts';

const everything: Policy = { rules: [{ level: 'RequestResponse' }] };

const callOf = (method: string, url: string): Call => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  return {
    method,
    query: searchParams,
    headers: {},
    info: requestInfo(method, pathname, searchParams),
    user: { name: 'alice', groups: [] },
    remoteAddress: '10.0.0.1',
    warnings: [],
    auditId: 'id',
    auditAnnotations: {},
    replyHeaders: {},
    queuedSeconds: 0,
    signal: new AbortController().signal,
    body: async () => Buffer.alloc(0),
    raw: { url, socket: {} } as IncomingMessage,
  };
};

/** Has a request answered; resolves to what was recorded of it, and what became of it. */
async function follow(call: Call, answer: () => Promise<Reply>, policy = everything) {
  const events: AuditEvent[] = [];
  // An event is used again for the next stage.
  const auditor = new Auditor(policy, (event) => events.push(structuredClone(event)) > 0);
  const outcome = await auditor.follow(call, answer).catch((error: unknown) => error);
  return { events, outcome };
}
const stagesOf = (events: AuditEvent[]) => events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]);

const pod = '/api/v1/namespaces/default/pods/web';

test('the policy may say nothing, or leave stages out', async () => {
  const answer = async () => json(200, {});
  expect((await follow(callOf('GET', pod), answer, { rules: [{ level: 'None' }] })).events).toEqual([]);
  const rules: Policy = { rules: [{ level: 'Metadata' }], omitStages: ['RequestReceived'] };
  expect(stagesOf((await follow(callOf('GET', pod), answer, rules)).events)).toEqual([['ResponseComplete', 200]]);
});

test('the event is there before the answer is given away', async () => {
  const order: string[] = [];
  const auditor = new Auditor(everything, ({ stage }) => order.push(stage) > 0);
  await auditor.follow(callOf('GET', pod), async () => json(200, {})).then(() => order.push('answered'));
  expect(order).toEqual(['RequestReceived', 'ResponseComplete', 'answered']);
});

test('an error that nobody foresaw', async () => {
  const { events, outcome } = await follow(callOf('GET', pod), async () => {
    throw new TypeError('x is not a function');
  });
  expect(outcome).toBeInstanceOf(TypeError);
  expect(stagesOf(events)).toEqual([
    ['RequestReceived', undefined],
    ['Panic', 500],
  ]);
  expect(events[1]!.responseStatus).toMatchObject({
    status: 'Failure',
    reason: 'InternalError',
    message: "APIServer panic'd: x is not a function",
  });
});

test('a request whose first event cannot be kept is refused, and never answered', async () => {
  let answered = false;
  const auditor = new Auditor(everything, () => false);
  const refused = auditor.follow(callOf('GET', pod), async () => {
    answered = true;
    return json(200, {});
  });
  await expect(refused).rejects.toMatchObject({ code: 500, message: expect.stringContaining('failed to store audit') });
  expect(answered).toBe(false);
});

describe('writes', () => {
  const revisionOf = async (call: Call, writes: [string, number][]) => {
    const { events } = await follow(call, async () => {
      for (const [name, revision] of writes) call.audit!.wrote(name, revision);
      return success();
    });
    return events.at(-1)!.annotations?.['audit.minik.io/revision'];
  };
  const collection = '/api/v1/namespaces/default/pods';

  test('one, two of the same object, several, many', async () => {
    expect(await revisionOf(callOf('PUT', pod), [['web', 7]])).toBe('7');
    expect(
      await revisionOf(callOf('PUT', pod), [
        ['web', 7],
        ['web', 8],
      ]),
    ).toBe('7,8');
    expect(await revisionOf(callOf('POST', collection), [['generated', 7]])).toBe('7');
    expect(
      await revisionOf(callOf('DELETE', collection), [
        ['a', 7],
        ['b', 8],
      ]),
    ).toBe('a=7,b=8');
    const many = Array.from({ length: 1500 }, (_, i): [string, number] => [`p${i}`, i]);
    expect(await revisionOf(callOf('DELETE', collection), many)).toMatch(/^p0=0,.*,p999=999,and 500 more$/);
  });

  test('what was asked is kept as it was before it was changed', async () => {
    const call = callOf('POST', collection);
    const body = { metadata: { name: 'web', uid: 'u', resourceVersion: '3' }, spec: { a: 1 } };
    const { events } = await follow(call, async () => {
      call.audit!.requested(body);
      body.spec.a = 2;
      return json(201, body);
    });
    expect(events.at(-1)).toMatchObject({
      objectRef: {
        resource: 'pods',
        namespace: 'default',
        name: 'web',
        uid: 'u',
        resourceVersion: '3',
        apiVersion: 'v1',
      },
      requestObject: { spec: { a: 1 } },
      responseObject: { spec: { a: 2 } },
    });
  });

  test('a patch may have anything in its metadata', async () => {
    const call = callOf('PATCH', pod);
    const { events } = await follow(call, async () => {
      call.audit!.requested({ metadata: { uid: 5, resourceVersion: { a: 1 }, name: null } });
      call.audit!.requested([{ op: 'remove' }]);
      return json(200, {});
    });
    const objectRef = { resource: 'pods', namespace: 'default', name: 'web', apiVersion: 'v1' };
    expect(events.at(-1)).toMatchObject({ objectRef, requestObject: [{ op: 'remove' }] });
    expect(events.at(-1)!.objectRef).toEqual(objectRef);
  });
});

describe('streams', () => {
  const watch = '/api/v1/pods?watch=1';
  const response = (): ServerResponse => {
    const head = { statusCode: 200, writeHead: (code: number) => Object.assign(head, { statusCode: code }) };
    return head as unknown as ServerResponse;
  };

  test('begin and end', async () => {
    const { events, outcome } = await follow(callOf('GET', watch), async () => ({
      stream: async (response) => void response.writeHead(200),
    }));
    expect(stagesOf(events)).toEqual([['RequestReceived', undefined]]);
    await (outcome as { stream(response: ServerResponse): Promise<void> }).stream(response());
    expect(stagesOf(events)).toEqual([
      ['RequestReceived', undefined],
      ['ResponseStarted', 200],
      ['ResponseComplete', 200],
    ]);
  });

  test('that fail before they begin are refusals', async () => {
    const { events, outcome } = await follow(callOf('GET', watch), async () => ({
      stream: async () => {
        throw forbidden({ group: '', plural: 'pods' }, '', 'no');
      },
    }));
    const stream = (outcome as { stream(response: ServerResponse): Promise<void> }).stream(response());
    await expect(stream).rejects.toMatchObject({ code: 403 });
    expect(stagesOf(events).slice(1)).toEqual([
      ['ResponseStarted', 403],
      ['ResponseComplete', 403],
    ]);
  });

  test('over a connection of their own', async () => {
    const call = callOf('GET', `${pod}/exec?command=ls`);
    const { events, outcome } = await follow(call, async () => ({ tunnel: async () => undefined }));
    await (outcome as { tunnel(...args: unknown[]): Promise<void> }).tunnel();
    expect(stagesOf(events).slice(1)).toEqual([
      ['ResponseStarted', 101],
      ['ResponseComplete', 101],
    ]);
    expect(events[0]).toMatchObject({
      verb: 'get',
      objectRef: { subresource: 'exec' },
      requestURI: `${pod}/exec?command=ls`,
    });
  });
});

describe('credentials that are not good', () => {
  test.each([
    [{}, 'Authentication failed, no credentials provided'],
    [{ authorization: 'Bearer x' }, 'Authentication failed, attempted: bearer'],
    [{ authorization: 'Basic eA==' }, 'Authentication failed, attempted: basic'],
  ])('%o', (headers, message) => {
    const events: AuditEvent[] = [];
    const call = { ...callOf('GET', pod), headers };
    new Auditor(everything, (event) => events.push(event) > 0).unauthenticated(
      call,
      forbidden({ group: '', plural: '' }, '', ''),
    );
    expect(events).toMatchObject([{ stage: 'ResponseStarted', user: {}, responseStatus: { message } }]);
    expect(JSON.stringify(events)).not.toContain('eA==');
  });
});
