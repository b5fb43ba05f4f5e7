/** `fieldValidation` on the wire: unknown and repeated fields, by each kind of write. */
import { describe, expect, test } from 'vitest';
import { deploymentOf, deployments, writesToServerAt } from './harness/writes.ts';

const { ask } = writesToServerAt(25304);

describe('fieldValidation', () => {
  const strict = 'fieldManager=v&fieldValidation=Strict';
  const withUnknown = (text: string): string =>
    text.replace('"spec":{', '"spec":{"unknownField":"foo",').replace('"replicas":3', '"replicas":2,"replicas":3');
  const body = JSON.stringify({ ...deploymentOf('valid', { replicas: 3 }) });

  test('conformance: Server side field validation, typed object', async () => {
    expect(await ask('POST', `${deployments}?${strict}`, withUnknown(body))).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message: expect.stringContaining(
          'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
        ),
      },
    });
    expect(await ask('GET', `${deployments}/valid`)).toMatchObject({ status: 404 });
  });

  test('conformance: Server side field validation, typed unknown metadata', async () => {
    const text = body.replace('"name":"valid"', '"name":"valid","unknownMeta":"foo"');
    expect(await ask('POST', `${deployments}?${strict}`, text)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('strict decoding error: unknown field "metadata.unknownMeta"') },
    });
    expect(await ask('GET', `${deployments}/valid`)).toMatchObject({ status: 404 });
  });

  const repeated =
    '{"spec":{"unknown":1,"paused":true,"paused":false,"template":{"spec":{"containers":[{"name":"c","more":1}]}}}}';
  const ways: [string, string, string, string, string[]][] = [
    [
      'create',
      'POST',
      'json',
      withUnknown(body),
      ['unknown field "spec.unknownField"', 'duplicate field "spec.replicas"'],
    ],
    [
      'create from YAML',
      'POST',
      'yaml',
      'apiVersion: apps/v1\nkind: Deployment\nkind: Deployment\nspec:\n  foo: 1\n',
      ['yaml: unmarshal errors:\n  line 3: key "kind" already set in map', 'unknown field "spec.foo"'],
    ],
    [
      'update',
      'PUT',
      'json',
      withUnknown(body),
      ['unknown field "spec.unknownField"', 'duplicate field "spec.replicas"'],
    ],
    [
      'merge patch',
      'PATCH',
      'merge-patch+json',
      repeated,
      [
        'duplicate field "spec.paused"',
        'unknown field "spec.unknown"',
        'unknown field "spec.template.spec.containers[0].more"',
      ],
    ],
    [
      'strategic merge patch',
      'PATCH',
      'strategic-merge-patch+json',
      repeated,
      [
        'duplicate field "spec.paused"',
        'unknown field "spec.template.spec.containers[0].more"',
        'unknown field "spec.unknown"',
      ],
    ],
    [
      'JSON patch',
      'PATCH',
      'json-patch+json',
      '[{"op":"add","op":"add","path":"/spec/unknown","value":1,"foo":"bar"}]',
      ['json patch duplicate field "[0].op"', 'json patch unknown field "[0].foo"', 'unknown field "spec.unknown"'],
    ],
  ];
  test.each(ways)('%s: strict refuses, warn tells, ignore is silent', async (_way, method, type, text, found) => {
    const gone = await ask('DELETE', `${deployments}/valid`, { propagationPolicy: 'Background' });
    expect([200, 404]).toContain(gone.status);
    if (method !== 'POST') expect(await ask('POST', deployments, body)).toMatchObject({ status: 201 });
    const path = method === 'POST' ? deployments : `${deployments}/valid`;
    const send = (validation: string) =>
      ask(method, `${path}?dryRun=All&fieldValidation=${validation}`, text, `application/${type}`);
    const refused = await send('Strict');
    expect(refused.status).toBe(method === 'PATCH' ? 422 : 400);
    for (const error of found) expect(refused.body.message).toContain(error);
    const warned = await send('Warn');
    for (const error of found)
      expect(warned.warning).toContain(error.replaceAll('"', '\\"').replaceAll('\n', '\\n').split('\\n')[0]);
    expect((await send('Ignore')).warning).not.toContain('field');
  });

  test('what it must be', async () => {
    expect(await ask('POST', `${deployments}?fieldValidation=Sometimes`, body)).toMatchObject({
      status: 422,
      body: {
        message:
          'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Sometimes": supported values: "", "Ignore", "Strict", "Warn"',
      },
    });
  });
});
