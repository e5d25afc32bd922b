import type { Workload } from './context';

const rounds = 3;

/** From the start of the process to a /readyz that says ok, on the data that is there. Only for a server of our own. */
export const start: Workload = async ({ target, report }) => {
  const api = target.own?.api;
  if (!api) return;
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await api.kill();
    const began = performance.now();
    await api.restart();
    times.push(performance.now() - began);
  }
  const more = { bestMs: Math.min(...times), worstMs: Math.max(...times) };
  report({ workload: 'start', parameters: { rounds }, more, errors: 0 });
};
