import { existsSync } from 'node:fs';
import { createBootstrapToken } from '@nestor/pki';
import { ClusterPaths } from '../cluster/cluster-paths';
import type { CreateOptions, TokenCommands } from '../tokens/token-commands';
import { defaultTokenOptions } from '../tokens/token-options';
import { CommandError, dataOption, type RegisterCommand } from './command';

interface Place {
  data: string;
  kubeconfig?: string;
}

const kubeconfigOption = ['--kubeconfig <file>', 'of an administrator (default: that of the cluster here)'] as const;
const words = (text: string): string[] => text.split(',').filter(Boolean);

/** What kubeadm token does. */
export const registerToken: RegisterCommand = (program) => {
  const token = program.command('token').description('manage bootstrap tokens, with which machines join as nodes');
  const { ttl, usages, groups } = defaultTokenOptions;
  token
    .command('create [token]')
    .description('make a token; a random one where none is given')
    .option(...dataOption)
    .option(...kubeconfigOption)
    .option('--description <text>', 'what it is for')
    .option('--ttl <duration>', 'how long it lives, such as 1s, 2m or 3h; 0 for ever', ttl)
    .option('--usages <list>', 'what it can be used for: signing, authentication', words, [...usages])
    .option('--groups <list>', 'groups of who shows it', words, [...groups])
    .option('--print-join-command', 'print the whole command for the new machine')
    .action(async (text: string | undefined, options: Place & CreateOptions) =>
      print(async (tokens) => tokens.create(text, options), options),
    );
  token
    .command('list')
    .description('list the tokens of the cluster')
    .option(...dataOption)
    .option(...kubeconfigOption)
    .action((options: Place) => print((tokens) => tokens.list(), options));
  token
    .command('delete <tokens...>')
    .description('delete tokens, named whole or by their id')
    .option(...dataOption)
    .option(...kubeconfigOption)
    .action((given: string[], options: Place) => print((tokens) => tokens.delete(given), options));
  token
    .command('generate')
    .description('print a random token without making it known to the cluster')
    .action(() => void process.stdout.write(`${createBootstrapToken()}\n`));
};

async function print(work: (tokens: TokenCommands) => Promise<string>, { data, kubeconfig }: Place): Promise<void> {
  const file = kubeconfig ?? new ClusterPaths(data).kubeconfig;
  if (!existsSync(file)) throw new CommandError(`there is no ${file}; start the cluster with: nestor up`);
  // Loaded when it is needed: the client costs more than most commands do.
  const { TokenCommands } = require('../tokens/token-commands') as typeof import('../tokens/token-commands');
  process.stdout.write(await work(new TokenCommands(file)));
}
