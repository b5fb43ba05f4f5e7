/** `minikctl auth`: who one is, and what one may do. Upstream: kubectl/pkg/cmd/auth */
import type { CliCommand } from '../command.ts';

export const auth: CliCommand = {
  usage: 'COMMAND',
  options: [],
  subcommands: [
    {
      name: 'can-i',
      summary: 'Check whether an action is allowed',
      load: async () => (await import('./auth/can-i.ts')).canI,
    },
    {
      name: 'whoami',
      summary: 'Print who the server takes you for',
      load: async () => (await import('./auth/whoami.ts')).whoami,
    },
    {
      name: 'reconcile',
      summary: 'Make roles and bindings give at least what their manifests say',
      load: async () => (await import('./auth/reconcile.ts')).reconcile,
    },
  ],
};
