import { planStep, secondsOf } from './node-ttl.plan';

describe('planStep', () => {
  it.each<[number, number, number]>([
    [0, 1, 0],
    [0, 100, 0],
    [0, 101, 15],
    [1, 95, 15],
    [1, 89, 0],
    [0, 5000, 300],
    [4, 460, 30],
    [5, 8999, 300],
  ])('from step %d at %d nodes: %d s', (step, nodes, seconds) =>
    expect(secondsOf(planStep(step, nodes))).toBe(seconds),
  );
});
