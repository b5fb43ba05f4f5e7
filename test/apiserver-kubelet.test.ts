/**
 * The apiserver's way to kubelets: logs, exec and attach pass through to the node's address, authenticated both ways. The
 * kubelet here is a small HTTPS server that tells what it was asked.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Exec, KubeConfig, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import type { Status } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const port = 24652;
let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let kubelet: Server;
const asked: { url: string; as: string }[] = [];
let answerLog: (
  request: IncomingMessage,
  respond: { write(text: string): void; end(text?: string): void; fail(status: number, text: string): void },
) => void;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 24651);
  client = server.client();
  kubelet = await startKubelet();
  await client.of(nodes).create({ metadata: { name: 'minik-1' } });
  await client.of(nodes).patch(
    'minik-1',
    undefined,
    {
      status: {
        addresses: [{ type: 'InternalIP', address: '127.88.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    },
    { type: 'merge', subresource: 'status' },
  );
  await createPod('one', ['main'], 'minik-1');
  await createPod('two', ['a', 'b'], 'minik-1');
  await createPod('nowhere', ['main']);
  await createPod('lost', ['main'], 'minik-9');
});

afterAll(async () => {
  client?.close();
  kubelet?.close();
  kubelet?.closeAllConnections();
  await server?.remove();
  await store?.remove();
});

async function createPod(name: string, containers: string[], nodeName?: string): Promise<void> {
  const spec = {
    containers: containers.map((c) => ({ name: c, image: 'busybox:1.35' })),
    ...(nodeName && { nodeName }),
  };
  await client.of(pods).create({ metadata: { name, namespace: 'default' }, spec });
}

async function startKubelet(): Promise<Server> {
  const read = (file: string): Buffer => readFileSync(server.pki(file));
  const made = createServer({
    cert: read('kubelet-minik-1-serving.crt'),
    key: read('kubelet-minik-1-serving.key'),
    ca: read('ca.crt'),
    requestCert: true,
  });
  const note = (request: IncomingMessage): void => {
    const certificate = (request.socket as TLSSocket).getPeerCertificate();
    asked.push({ url: request.url ?? '', as: String(certificate.subject.CN) });
  };
  made.on('request', (request: IncomingMessage, response) => {
    note(request);
    answerLog(request, {
      write: (text) => response.write(text),
      end: (text) => response.end(text),
      fail: (status, text) => response.writeHead(status).end(text),
    });
  });
  // Echoes standard input in upper case, then reports success, as the protocol has it: first byte is the channel.
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
  made.on('upgrade', (request: IncomingMessage, socket, head) => {
    note(request);
    if (request.url?.includes('refuse')) {
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 14\r\n\r\nno such pod...');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.send(Buffer.from('\x01hello\n'));
      ws.on('message', (data: Buffer) => {
        if (data[0] === 0xff) {
          ws.send(Buffer.from('\x03{"status":"Success"}'));
          ws.close();
        } else if (data[0] === 0) {
          ws.send(Buffer.concat([Buffer.from('\x01'), Buffer.from(data.subarray(1).toString().toUpperCase())]));
        }
      });
    });
  });
  await new Promise<void>((resolve) => made.listen(port, '127.88.0.1', resolve));
  return made;
}

const log = (pod: string, query = '') => server.raw(`/api/v1/namespaces/default/pods/${pod}/log${query}`);
const message = (text: string): string => (JSON.parse(text) as Status).message ?? '';

test('a log passes through, asked for with the apiserver’s own certificate', async () => {
  answerLog = (_request, respond) => respond.end('line one\nline two\n');
  const answer = await log('one', '?tailLines=2&timestamps=true&pretty=true');
  expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
    200,
    'line one\nline two\n',
    'text/plain',
  ]);
  expect(asked.at(-1)).toEqual({
    url: '/containerLogs/default/one/main?timestamps=true&tailLines=2',
    as: 'kube-apiserver-kubelet-client',
  });
});

test('a followed log arrives as it is written, and its end reaches the kubelet', async () => {
  let push: (text: string) => void = () => undefined;
  let closed = false;
  answerLog = (request, respond) => {
    push = respond.write;
    respond.write('first\n');
    request.socket.once('close', () => {
      closed = true;
    });
  };
  const stream = await client.stream({ path: '/api/v1/namespaces/default/pods/one/log', query: { follow: true } });
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  stream.on('error', () => undefined);
  await eventually('the first line', () => text === 'first\n', { everyMs: 10 });
  push('second\n');
  await eventually('the second line', () => text === 'first\nsecond\n', { everyMs: 10 });
  stream.destroy();
  await eventually('the kubelet notices', () => closed, { everyMs: 10 });
});

test('errors are those of Kubernetes', async () => {
  answerLog = (_request, respond) =>
    respond.fail(400, 'container "main" in pod "one" is waiting to start: ContainerCreating');
  const waiting = await log('one');
  expect([waiting.status, message(waiting.text)]).toEqual([
    400,
    'container "main" in pod "one" is waiting to start: ContainerCreating',
  ]);
  expect(message((await log('two')).text)).toBe('a container name must be specified for pod two, choose one of: [a b]');
  expect(message((await log('two', '?container=c')).text)).toBe('container c is not valid for pod two');
  expect(message((await log('none')).text)).toBe('pods "none" not found');
  expect(message((await log('lost')).text)).toBe('nodes "minik-9" not found');
  expect((await log('nowhere')).status).toBe(204);
  expect((await log('one', '?tailLines=-1')).status).toBe(422);
});

test('exec: a WebSocket from the client to the kubelet', async () => {
  const config = new KubeConfig();
  config.loadFromFile(server.paths.kubeconfig);
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let text = '';
  stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const done = new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec('default', 'one', 'main', ['sh', '-c', 'a b'], stdout, null, stdin, true, resolve)
      .catch(reject);
  });
  await eventually('what the command writes', () => text === 'hello\n', { everyMs: 10 });
  stdin.end('shout\n');
  expect((await done).status).toBe('Success');
  expect(text).toBe('hello\nSHOUT\n');
  expect(asked.at(-1)).toEqual({
    url: '/exec/default/one/main?command=sh&command=-c&command=a+b&input=1&output=1&tty=1',
    as: 'kube-apiserver-kubelet-client',
  });
});

test('exec: what is refused, and by whom', async () => {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  };
  const exec = (pod: string, headers: Record<string, string>, query = 'command=ls&stdout=true') =>
    server.raw(`/api/v1/namespaces/default/pods/${pod}/exec?${query}`, { headers });
  expect(message((await exec('one', {})).text)).toBe('Upgrade request required');
  const spdy = await exec('one', { connection: 'Upgrade', upgrade: 'SPDY/3.1' });
  // Which protocols there are is the kubelet's to say; these are the words of the one that this test runs.
  expect([spdy.status, message(spdy.text)]).toEqual([400, 'Invalid Upgrade header']);
  expect(message((await exec('nowhere', upgrade)).text)).toBe('pod nowhere does not have a host assigned');
  const kubeletSays = await exec('one', upgrade, 'command=refuse&stdout=true');
  expect([kubeletSays.status, message(kubeletSays.text)]).toEqual([400, 'no such pod...']);
  const anonymous = await server.raw('/api/v1/namespaces/default/pods/one/exec?command=ls', {
    headers: upgrade,
    identity: null,
  });
  expect(anonymous.status).toBe(403);
});

test('a kubelet that is away', async () => {
  await client
    .of(nodes)
    .patch(
      'minik-1',
      undefined,
      { status: { daemonEndpoints: { kubeletEndpoint: { Port: port + 1 } } } },
      { type: 'merge', subresource: 'status' },
    );
  const refused = `error dialing backend: dial tcp 127.88.0.1:${port + 1}: connect: connection refused`;
  await eventually('the error of a closed port', async () => message((await log('one')).text) === refused);
  expect(server.alive).toBe(true);
});
