/** HTTP from the host to the cluster's addresses, never to one that this machine does not own. */
import { execFileSync } from 'node:child_process';
import { get } from 'node:http';
import { patienceMs } from './eventually.ts';

/** Whether packets to `address` stay on this machine: a local route, or a directly connected bridge. */
export function isLocal(address: string): boolean {
  const route = execFileSync('ip', ['route', 'get', address], { encoding: 'utf8' });
  return route.startsWith('local ') || !route.includes(' via ');
}

/** The body that `http://address:port/` answers with, on a connection of its own. */
export function hostAnswer(address: string, port: number, path = '/'): Promise<string> {
  if (!isLocal(address)) throw new Error(`${address} is not on this machine`);
  return new Promise((resolve, reject) => {
    const request = get({ host: address, port, path, agent: false, timeout: patienceMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve(body));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
  });
}
