import { combineMetrics } from './combine-metrics';
import { MetricFailure } from './evaluate-metric';

const says = (replicas: number, name: string) => ({ replicas, name, status: { type: name } });
const fails = new MetricFailure('FailedGetPodsMetric', 'inner', 'failed to get pods metric value: inner');

describe('combineMetrics', () => {
  it('follows the metric that needs most', () => {
    expect(combineMetrics([says(3, 'a'), says(7, 'b'), says(5, 'c')], 4)).toMatchObject({ replicas: 7, name: 'b' });
  });

  it('adds on the word of those that answer, and takes nothing away', () => {
    const error = 'invalid metrics (1 invalid out of 2), first error is: failed to get pods metric value: inner';
    expect(combineMetrics([fails, says(7, 'b')], 4)).toMatchObject({ replicas: 7, error, failure: fails });
    const down = combineMetrics([fails, says(2, 'b')], 4);
    expect(down).toMatchObject({ error, failure: fails, statuses: [{ type: '' }, { type: 'b' }] });
    expect(down.replicas).toBeUndefined();
  });

  it('knows nothing where none answers', () => {
    expect(combineMetrics([fails, fails], 4)).toMatchObject({ error: expect.stringContaining('2 invalid out of 2') });
    expect(combineMetrics([fails], 4).replicas).toBeUndefined();
  });
});
