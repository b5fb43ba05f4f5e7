/** The flags of kube-proxy. */
import type { FlagTable, FlagValues } from '../client/component/flags.ts';
import { connectFlags } from '../client/connect.ts';

export const proxyFlags = {
  ...connectFlags,
  'hostname-override': { type: 'string', help: 'Name of the node that counts as this machine, for primary NodePorts.' },
  'healthz-bind-address': { type: 'string', default: '127.0.0.1:10256', help: 'Address of health; port 0 is off.' },
  'metrics-bind-address': { type: 'string', default: '127.0.0.1:10249', help: 'Address of metrics; port 0 is off.' },
  'nodeport-addresses': {
    type: 'list',
    default: '',
    help: "Ranges of addresses for NodePorts, or 'primary'. Default: addresses of nodes, and 127.0.0.1.",
  },
  'cluster-cidr': { type: 'string', help: 'Range of pod addresses. Nothing is masqueraded, so it changes nothing.' },
  'proxy-mode': {
    type: 'string',
    default: 'userspace',
    choices: ['userspace'],
    help: 'How connections are carried; only userspace.',
  },
} as const satisfies FlagTable;

export type ProxyFlags = FlagValues<typeof proxyFlags>;

/** Reads `127.0.0.1:10256`. Throws on anything else. */
export function parseHostPort(
  flag: 'healthz-bind-address' | 'metrics-bind-address',
  flags: ProxyFlags,
): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(flags[flag]) ?? [];
  if (!host || Number(port) > 65_535) throw new Error(`--${flag}: "${flags[flag]}" is not an address and a port`);
  return { host, port: Number(port) };
}
