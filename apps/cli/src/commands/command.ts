import type { Command } from 'commander';

/** One command of `nestor`: a file in this folder and a line in main.ts. */
export type RegisterCommand = (program: Command) => void;

/** A failure the user can understand and mend: its message is all that is printed. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

export const dataOption = [
  '--data <dir>',
  'folder of everything the cluster keeps',
  process.env.NESTOR_DATA ?? '.nestor',
] as const;
