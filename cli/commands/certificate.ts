/** `minikctl certificate`: decides about certificate signing requests. Upstream: kubectl/pkg/cmd/certificates */
import type { CliCommand } from '../command.ts';

export const certificate: CliCommand = {
  usage: 'COMMAND',
  options: [],
  subcommands: [
    {
      name: 'approve',
      summary: 'Approve certificate signing requests',
      load: async () => (await import('./certificate/decide.ts')).approve,
    },
    {
      name: 'deny',
      summary: 'Deny certificate signing requests',
      load: async () => (await import('./certificate/decide.ts')).deny,
    },
  ],
};
