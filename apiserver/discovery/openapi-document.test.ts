import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Call } from '../request/call.ts';
import { OpenApiDocument } from './openapi-document.ts';

const text = '{"swagger":"2.0"}'.repeat(100);
const hash = createHash('sha512').update(text).digest('hex').toUpperCase();
const call = (headers: Record<string, string> = {}): Call => ({ headers }) as unknown as Call;

describe('a document', () => {
  test('is made when it is asked for, and once', async () => {
    let made = 0;
    const document = new OpenApiDocument('application/json', async () => {
      made++;
      return text;
    });
    expect(made).toBe(0);
    const answers = await Promise.all([document.answer(call()), document.answer(call())]);
    expect(answers.map((answer) => answer.body.toString())).toEqual([text, text]);
    expect(await document.hash()).toBe(hash);
    expect(made).toBe(1);
  });

  test('goes compressed to those who can read that', async () => {
    const document = new OpenApiDocument('application/json', async () => text);
    const zipped = await document.answer(call({ 'accept-encoding': 'gzip' }));
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', etag: `"${hash}"` });
    expect(gunzipSync(zipped.body as Buffer).toString()).toBe(text);
    const plain = await document.answer(call());
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(plain.headers).toMatchObject({ etag: `"${hash}"`, vary: 'Accept, Accept-Encoding' });
  });

  test.each<[string, number]>([
    [`"${hash}"`, 304],
    [`"other", W/"${hash}"`, 304],
    ['*', 304],
    ['"other"', 200],
    [hash, 200],
  ])('If-None-Match: %s', async (tag, status) => {
    const document = new OpenApiDocument('application/json', async () => text);
    const answer = await document.answer(call({ 'if-none-match': tag }));
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toBe(status === 304 ? '' : text);
  });

  test('that could not be made is tried again', async () => {
    const results = [() => Promise.reject(new Error('no schema')), () => Promise.resolve(text)];
    const document = new OpenApiDocument('application/json', () => results.shift()!());
    await expect(document.answer(call())).rejects.toThrow('no schema');
    expect((await document.answer(call())).status).toBe(200);
  });
});
