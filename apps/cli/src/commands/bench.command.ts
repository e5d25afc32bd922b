import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../checks/repository-root';
import type { RegisterCommand } from './command';

export const registerBench: RegisterCommand = (program) =>
  void program
    .command('bench')
    .description(
      'measure an API server against floors taken in the same run; `nestor bench --help` lists what there is',
    )
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .passThroughOptions()
    .argument('[bench arguments...]')
    .action(async (args: string[]) => {
      const main = join(repositoryRoot(), 'bench', 'dist', 'main.js');
      const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
      process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
    });
