import { cpus } from 'node:os';

/** What a run's figures are to be read with. */
export function thisMachine(): { cpus: number; model: string; node: string } {
  const [first] = cpus();
  return { cpus: cpus().length, model: first?.model ?? '', node: process.version };
}
