/**
 * The floor: a bare fastify server over TLS, as a process of its own. It parses the same bodies and answers with the same
 * payloads as the API server, and does nothing else.
 *
 *     node bench/apiserver/floor.ts PORT CERTIFICATE KEY
 *
 * PUT /payload/NAME sets what GET /NAME and a write to /NAME answer; GET /watch stays open, and POST /event writes the payload
 * `event`, with the body's number, to every one that is; POST /keep/COUNT keeps that many copies of the payload `pod`.
 */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify';

type Named = FastifyRequest<{ Params: { name: string } }>;

const [port, certificate, key] = process.argv.slice(2);
const app = fastify({
  https: { cert: readFileSync(certificate!), key: readFileSync(key!) },
  bodyLimit: 64 * 1024 * 1024,
  forceCloseConnections: true,
});
const payloads = new Map<string, Buffer>();
const watching = new Set<ServerResponse>();
const kept: Buffer[] = [];

// What server-side apply sends is JSON as well.
app.addContentTypeParser(
  'application/apply-patch+yaml',
  { parseAs: 'string' },
  app.getDefaultJsonParser('error', 'error'),
);
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.type('application/json').send(payloads.get((request as Named).params.name));

app.get('/:name', answer);
app.route({ method: ['POST', 'PUT', 'PATCH'], url: '/:name', handler: answer });
app.put('/payload/:name', async (request) => {
  payloads.set((request as Named).params.name, request.body as Buffer);
  return {};
});
app.get('/watch', (_request, reply) => {
  reply.hijack();
  const response = reply.raw as unknown as ServerResponse;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  watching.add(response);
  response.once('close', () => watching.delete(response));
});
app.get('/watching', async () => ({ count: watching.size }));
app.post('/event', async (request) => {
  const { i } = request.body as { i: string };
  const frame = Buffer.from(payloads.get('event')!.toString().replace('{i}', i));
  for (const response of watching) response.write(frame);
  return {};
});
app.post('/keep/:name', async (request) => {
  const text = payloads.get('pod')!.toString();
  for (let i = 0; i < Number((request as Named).params.name); i++) kept.push(Buffer.from(`${text} `));
  return { count: kept.length };
});

await app.listen({ host: '127.0.0.1', port: Number(port) });
console.log('ready');
