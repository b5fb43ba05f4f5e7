/** `metadata.managedFields` on the wire: who owns what after each kind of write, and what a client may do to it. */
import { describe, expect, test } from 'vitest';
import { deploymentOf, deployments, mapOf, maps, ownersOf, writesToServerAt } from './harness/writes.ts';

const { ask, apply, patch } = writesToServerAt(25302);

describe('managedFields', () => {
  test('of each write: create, update and every patch, by fieldManager or by user agent', async () => {
    const created = await ask(
      'POST',
      maps,
      mapOf('each', { a: '1' }, { labels: { l: '1' } }),
      'application/json',
      'maker/v9 (x)',
    );
    expect(created.body.metadata.managedFields).toEqual([
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: created.body.metadata.creationTimestamp,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:data': { '.': {}, 'f:a': {} },
          'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
        },
      },
    ]);
    await ask('PUT', `${maps}/each?fieldManager=putter`, mapOf('each', { a: '2' }, { labels: { l: '1' } }));
    await patch(`${maps}/each?fieldManager=merger`, { data: { b: '1' } });
    await patch(`${maps}/each?fieldManager=json`, [{ op: 'add', path: '/data/c', value: '1' }], 'json');
    const { body } = await patch(`${maps}/each?fieldManager=strategic`, { data: { b: null, d: '1' } }, 'strategic');
    expect(ownersOf(body)).toEqual({
      'Update maker': { 'f:data': {}, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } },
      'Update putter': { 'f:data': { 'f:a': {} } },
      'Update json': { 'f:data': { 'f:c': {} } },
      'Update strategic': { 'f:data': { 'f:d': {} } },
    });
  });

  test('of a status and a scale say so; defaults belong to who creates', async () => {
    await ask('POST', `${deployments}?fieldManager=maker`, deploymentOf('parts'));
    await patch(`${deployments}/parts/scale?fieldManager=scaler`, { spec: { replicas: 3 } });
    const { body } = await patch(`${deployments}/parts/status?fieldManager=watcher`, { status: { replicas: 3 } });
    const { 'Update maker': made, ...others } = ownersOf(body);
    expect(made).toMatchObject({
      'f:spec': { 'f:revisionHistoryLimit': {}, 'f:template': { 'f:spec': { 'f:dnsPolicy': {} } } },
    });
    expect(made).not.toHaveProperty(['f:spec', 'f:replicas']);
    expect(others).toEqual({
      'Update scaler scale': { 'f:spec': { 'f:replicas': {} } },
      'Update watcher status': { 'f:status': { 'f:replicas': {} } },
    });
  });

  test('a write that changes nothing changes neither times nor the version', async () => {
    const { body } = await ask('POST', `${maps}?fieldManager=a`, mapOf('still', { a: '1' }));
    const same = await ask('PUT', `${maps}/still?fieldManager=b`, mapOf('still', { a: '1' }));
    expect(same.body).toEqual(body);
    expect((await patch(`${maps}/still?fieldManager=c`, { data: { a: '1' } })).body).toEqual(body);
  });

  test('that a client gives are taken if they are right, ignored if not, and forgotten if it says so', async () => {
    await ask('POST', `${maps}?fieldManager=a`, mapOf('given', { a: '1' }));
    const entry = {
      manager: 'other',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:a': {} } },
    };
    const given = (managedFields: unknown) => patch(`${maps}/given?fieldManager=a`, { metadata: { managedFields } });
    expect(Object.keys(ownersOf((await given([{ ...entry, operation: 'Steal' }])).body))).toEqual(['Update a']);
    expect(Object.keys(ownersOf((await given([{ ...entry, fieldsV1: { data: {} } }])).body))).toEqual(['Update a']);
    expect(Object.keys(ownersOf((await given([entry])).body))).toEqual(['Update other']);
    expect(await given([{ ...entry, manager: 'x'.repeat(129) }])).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('metadata.managedFields[0].manager: Too long') },
    });
    expect((await given([])).body.metadata.managedFields).toBeUndefined();
    expect(
      (await patch(`${maps}/given?fieldManager=a`, { data: { b: '1' } })).body.metadata.managedFields,
    ).toBeUndefined();
    const applied = await apply(`${maps}/given`, 'fieldManager=b', mapOf('given', { c: '1' }));
    expect(Object.keys(ownersOf(applied.body))).toEqual(['Apply b', 'Update before-first-apply']);
    expect((await given([{}])).body.metadata.managedFields).toBeUndefined();
  });

  test('a copy without them does not take them away', async () => {
    const { body } = await ask('POST', `${maps}?fieldManager=a`, mapOf('copied', { a: '1' }));
    const { managedFields, ...metadata } = body.metadata;
    const put = await ask('PUT', `${maps}/copied?fieldManager=b`, { ...body, metadata, data: { a: '1', b: '2' } });
    expect(Object.keys(ownersOf(put.body))).toEqual(['Update a', 'Update b']);
    expect(managedFields).toHaveLength(1);
  });

  test('are left out where the object would be too large with them', async () => {
    const data = Object.fromEntries(Array.from({ length: 55_000 }, (_, i) => [`key-${100_000 + i}`, 'v']));
    const { status, body } = await ask('POST', `${maps}?fieldManager=a`, mapOf('large', data));
    expect([status, body.metadata?.managedFields]).toEqual([201, undefined]);
    const applied = await apply(`${maps}/larger`, 'fieldManager=a', mapOf('larger', data));
    expect(applied).toMatchObject({ status: 413, body: { reason: 'RequestEntityTooLarge' } });
    await ask('DELETE', `${maps}/large`);
  });

  test('deleting with a finalizer left leaves them as they are', async () => {
    const { body } = await ask('POST', `${maps}?fieldManager=a`, mapOf('held', {}, { finalizers: ['a.b/c'] }));
    const deleted = await ask('DELETE', `${maps}/held`);
    expect(deleted.body.metadata.managedFields).toEqual(body.metadata.managedFields);
    await patch(`${maps}/held`, { metadata: { finalizers: null } });
  });
});
