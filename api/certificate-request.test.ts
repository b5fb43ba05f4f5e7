import { expect, test } from 'vitest';
import { subjectOf } from './certificate-request.ts';

const value = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
};
const attribute = (object: string, text: string, ...more: Buffer[]): Buffer =>
  value(0x30, value(0x06, Buffer.from(object, 'hex')), value(0x0c, Buffer.from(text)), ...more);
const organization = (text: string, ...more: Buffer[]): Buffer => attribute('55040a', text, ...more);

/** A request of that subject, as far as it is read for it. */
function requestOf(...sets: Buffer[]): string {
  const request = value(0x30, value(0x30, value(0x02, Buffer.from([0])), value(0x30, ...sets)));
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${request.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  return Buffer.from(pem).toString('base64');
}

test('the names of a subject', () => {
  const subject = subjectOf(
    requestOf(value(0x31, organization('a'), organization('b')), value(0x31, organization('c'))),
  );
  expect(subject.organizations).toEqual(['a', 'b', 'c']);
});

test('what other readers would read otherwise is not read', () => {
  const hidden = organization('system:masters');
  expect(() => subjectOf(requestOf(value(0x31, organization('dev', hidden))))).toThrow('trailing data');
  // In BER such a value ends at two zeros; a reader of DER could take it for one of 128 bytes.
  const dev = Buffer.concat([organization('dev').subarray(2), Buffer.alloc(2), hidden]);
  const open = Buffer.concat([Buffer.from([0x30, 0x80]), dev, Buffer.alloc(128 - dev.length)]);
  const set = Buffer.concat([Buffer.from([0x31, 0x81, open.length]), open]);
  const subject = Buffer.concat([Buffer.from([0x30, 0x81, set.length]), set]);
  const info = Buffer.concat([Buffer.from([0x30, 0x81, subject.length + 3, 0x02, 0x01, 0x00]), subject]);
  const request = Buffer.concat([Buffer.from([0x30, 0x81, info.length]), info]);
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${request.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  expect(() => subjectOf(Buffer.from(pem).toString('base64'))).toThrow('indefinite length');
});
