import { spawn } from 'node:child_process';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ClusterPaths } from '../cluster/cluster-paths';
import { CommandError, dataOption, type RegisterCommand } from './command';

export const registerLogs: RegisterCommand = (program) =>
  void program
    .command('logs')
    .description('print the log of a component, such as apiserver')
    .argument('<component>')
    .option(...dataOption)
    .option('-f, --follow', 'go on with what is written from now on')
    .action(async (component: string, { data, follow }: { data: string; follow?: boolean }) => {
      const file = new ClusterPaths(data).log(component);
      if (!existsSync(file)) throw new CommandError(`there is no log of ${component}; there are: ${known(file)}`);
      if (follow) spawn('tail', ['-n', '+1', '-F', file], { stdio: 'inherit' });
      else await pipeline(createReadStream(file), process.stdout, { end: false });
    });

function known(file: string): string {
  const folder = dirname(file);
  const logs = existsSync(folder) ? readdirSync(folder) : [];
  return (
    logs
      .filter((name) => name.endsWith('.log'))
      .map((name) => name.slice(0, -'.log'.length))
      .join(', ') || 'none'
  );
}
