/** `minikctl token`: the commands about bootstrap tokens. Upstream: kubeadm token */
import type { CliCommand } from '../command.ts';

export const token: CliCommand = {
  usage: 'COMMAND',
  options: [],
  subcommands: [
    {
      name: 'create',
      summary: 'Make a token with which a node can join',
      load: async () => (await import('./token-create.ts')).tokenCreate,
    },
    {
      name: 'list',
      summary: 'List the tokens',
      load: async () => (await import('./token-list.ts')).tokenList,
    },
    {
      name: 'delete',
      summary: 'Delete tokens',
      load: async () => (await import('./token-delete.ts')).tokenDelete,
    },
    {
      name: 'generate',
      summary: 'Print a random token, which no cluster knows yet',
      load: async () => (await import('./token-generate.ts')).tokenGenerate,
    },
  ],
};
