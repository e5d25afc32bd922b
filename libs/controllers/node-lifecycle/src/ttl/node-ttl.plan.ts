/** Node counts and the seconds that kubelets may then trust their copies of Secrets and ConfigMaps. */
const steps = [
  { min: 0, max: 100, seconds: 0 },
  { min: 90, max: 500, seconds: 15 },
  { min: 450, max: 1000, seconds: 30 },
  { min: 900, max: 2000, seconds: 60 },
  { min: 1800, max: 10_000, seconds: 300 },
  { min: 9000, max: Infinity, seconds: 300 },
] as const;

/** The step for a number of nodes, from the step before: bounds overlap, so that a count at one does not sway. */
export function planStep(step: number, nodes: number): number {
  let next = step;
  while (nodes > (steps[next]?.max ?? Infinity)) next++;
  while (next > 0 && nodes < (steps[next]?.min ?? 0)) next--;
  return next;
}

export const secondsOf = (step: number): number => steps[step]?.seconds ?? 0;
