/** The flags by which a process finds the API server, and the client that they make. */
import type { FlagTable, FlagValues } from './component/flags.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { RestClient } from './rest.ts';

export const connectFlags = {
  kubeconfig: { type: 'string', help: 'File with the address of the API server and the credentials. Required.' },
} as const satisfies FlagTable;

/** Throws a reason for people when the flags do not say where the server is. Sends nothing yet. */
export function connect(flags: FlagValues<typeof connectFlags>, userAgent: string): RestClient {
  if (!flags.kubeconfig) throw new Error('--kubeconfig is required: the file that says where the API server is');
  return new RestClient(loadKubeconfig(flags.kubeconfig), userAgent);
}
