import { Command, CommanderError } from 'commander';
import { CommandError } from './commands/command';
import { registerBackup } from './commands/backup.command';
import { registerBench } from './commands/bench.command';
import { registerCerts } from './commands/certs.command';
import { registerDown } from './commands/down.command';
import { registerImage } from './commands/image.command';
import { registerKubeconfig } from './commands/kubeconfig.command';
import { registerLogs } from './commands/logs.command';
import { registerNode } from './commands/node.command';
import { registerPki } from './commands/pki.command';
import { registerRestore } from './commands/restore.command';
import { registerStatus } from './commands/status.command';
import { registerTest } from './commands/test.command';
import { registerToken } from './commands/token.command';
import { registerTrace } from './commands/trace.command';
import { registerUp } from './commands/up.command';

const commands = [
  registerUp,
  registerDown,
  registerStatus,
  registerImage,
  registerKubeconfig,
  registerLogs,
  registerTrace,
  registerBackup,
  registerRestore,
  registerPki,
  registerCerts,
  registerToken,
  registerNode,
  registerTest,
  registerBench,
];

async function main(): Promise<void> {
  // A reader such as head may have seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' && process.exit(0));
  const program = new Command('nestor')
    .description('A container orchestrator that speaks the Kubernetes API')
    .exitOverride()
    .enablePositionalOptions();
  for (const register of commands) register(program);
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has printed its own already.
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    const known = error instanceof CommandError;
    process.stderr.write(`nestor: ${known ? error.message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(known ? error.exitCode : 1);
  }
}

void main();
