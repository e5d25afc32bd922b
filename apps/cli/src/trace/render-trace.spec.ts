import type { SpanRecord } from '@nestor/telemetry';
import { renderTrace, spansAbout } from './render-trace';

describe('renderTrace', () => {
  const span = (spanId: string, start: number, more: Partial<SpanRecord> = {}): SpanRecord => ({
    traceId: 't',
    spanId,
    service: 'apiserver',
    name: spanId,
    start,
    end: start + 2,
    attributes: {},
    ...more,
  });

  it('nests children below parents in the order they began', () => {
    const text = renderTrace([
      span('bind', 1010, { parentSpanId: 'create', service: 'scheduler', attributes: { node: 'n1' } }),
      span('create', 1000, { parentSpanId: 'kubectl' }),
      span('commit', 1001, { parentSpanId: 'create', error: 'conflict' }),
    ]);
    expect(text.split('\n').slice(2, -1)).toEqual([
      '    +0.0ms      2.0ms  [apiserver] create',
      '    +1.0ms      2.0ms    [apiserver] commit FAILED: conflict',
      '   +10.0ms      2.0ms    [scheduler] bind node=n1',
    ]);
  });

  it('is narrowed to what led to an object and what came of it', () => {
    const trace = [
      span('deployment', 0, { parentSpanId: 'kubectl' }),
      span('pod', 2, { parentSpanId: 'deployment' }),
      span('sibling', 3, { parentSpanId: 'deployment' }),
      span('status', 4, { parentSpanId: 'pod' }),
      span('status of sibling', 5, { parentSpanId: 'sibling' }),
    ];
    expect(spansAbout(trace, 'pod').map(({ spanId }) => spanId)).toEqual(['deployment', 'pod', 'status']);
    expect(spansAbout(trace, 'elsewhere')).toEqual([]);
  });

  it('says when there is nothing', () => expect(renderTrace([])).toBe('no spans\n'));
});
