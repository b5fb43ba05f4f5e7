import { describe, expect, test } from 'vitest';
import { encodeStatus, exitStatus, failureStatus } from './command-status.ts';
import { portOf } from './forward.ts';
import { flagsOf } from './remote-command.ts';
import { expectedStreams } from './remote-command-spdy.ts';
import { framingOf } from './remote-command-websocket.ts';
import { TerminalSizes } from './terminal-sizes.ts';
import { spdyProtocol, upgradeKind, webSocketProtocol } from './upgrade.ts';

type Request = Parameters<typeof upgradeKind>[0];
const request = (headers: Record<string, string>): Request => ({ headers }) as unknown as Request;

test('a terminal has one output', () => {
  const flags = (query: string) => flagsOf(new URLSearchParams(query));
  expect(flags('input=1&output=1&error=1')).toEqual({ stdin: true, stdout: true, stderr: true, tty: false });
  expect(flags('output=1&error=1&tty=1')).toEqual({ stdin: false, stdout: true, stderr: false, tty: true });
});

test('the streams that a SPDY client begins', () => {
  const all = { stdin: true, stdout: true, stderr: true, tty: false };
  expect(expectedStreams(all, 'v4.channel.k8s.io')).toEqual(['error', 'stdin', 'stdout', 'stderr']);
  const tty = { stdin: true, stdout: true, stderr: false, tty: true };
  expect(expectedStreams(tty, 'v3.channel.k8s.io')).toEqual(['error', 'stdin', 'stdout', 'resize']);
  expect(expectedStreams(tty, 'v2.channel.k8s.io')).toEqual(['error', 'stdin', 'stdout']);
});

describe('protocols', () => {
  test('SPDY or WebSocket', () => {
    expect([upgradeKind(request({ upgrade: 'SPDY/3.1' })), upgradeKind(request({ upgrade: 'WebSocket' }))]).toEqual([
      'spdy',
      'websocket',
    ]);
    expect(() => upgradeKind(request({ upgrade: 'h2c' }))).toThrow('unable to upgrade');
  });

  test('the first that both speak', () => {
    const spdy = (offered?: string) =>
      spdyProtocol(request(offered ? { 'x-stream-protocol-version': offered } : {}), ['v4', 'v2'], 'v1');
    expect([spdy('v5, v4, v2'), spdy('v2'), spdy()]).toEqual(['v4', 'v2', 'v1']);
    expect(() => spdy('v9')).toThrow('client supports [v9], server accepts [v4 v2]');
    const socket = (asked?: string) =>
      webSocketProtocol(request(asked ? { 'sec-websocket-protocol': asked } : {}), ['v5', 'v4', '']);
    expect([socket('v9, v4'), socket()]).toEqual(['v4', '']);
    expect(() => socket('v9')).toThrow('v9 are not among v5, v4');
  });

  test('what a message is made of', () => {
    for (const protocol of ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io']) {
      const { read, write } = framingOf(protocol);
      expect(read(Buffer.from(write(1, Buffer.from('text'))))).toEqual({ channel: 1, payload: Buffer.from('text') });
    }
    expect(framingOf('v4.base64.channel.k8s.io').write(2, Buffer.from('a'))).toBe('2YQ==');
  });

  test('an outcome is a Status since version 4, and a text before', () => {
    const text = (status: object, protocol: string) => encodeStatus(status, protocol)?.toString();
    expect(text(exitStatus(0), 'v2.channel.k8s.io')).toBeUndefined();
    expect(text(exitStatus(3), 'channel.k8s.io')).toBe('command terminated with non-zero exit code: exit status 3');
    expect(JSON.parse(text(exitStatus(3), 'v4.channel.k8s.io')!)).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
    expect(failureStatus('no')).toMatchObject({ code: 500, message: 'Internal error occurred: no' });
  });
});

test('sizes of a terminal come in pieces; the newest counts', async () => {
  const sizes = new TerminalSizes();
  for (const part of [
    '{"Width":80,"Hei',
    'ght":24}\n{"Width":117,',
    '"Height":31}\n',
    'noise}',
    '{"Width":0,"Height":1}',
  ])
    sizes.push(Buffer.from(part));
  const { value } = await sizes[Symbol.asyncIterator]().next();
  expect(value).toEqual({ width: 117, height: 31 });
});

test('ports', () => {
  expect(['1', '65535', '0', '65536', '-1', '80x', ''].map(portOf)).toEqual([1, 65535, ...Array(5).fill(undefined)]);
});
