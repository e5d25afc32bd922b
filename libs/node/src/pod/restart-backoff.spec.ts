import { Backoff } from './restart-backoff';

const second = 1000;

describe('Backoff', () => {
  it('tries at once first, then after 10 s, doubling to 5 min', () => {
    const backoff = new Backoff();
    const delays: number[] = [];
    let now = 1_000_000;
    for (let crash = 0; crash < 8; crash++) {
      const wait = backoff.remaining(now, now);
      delays.push(wait / second);
      now += wait;
      backoff.next(now - wait, now);
      now += second;
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });
  it('counts the wait from the failure', () => {
    const backoff = new Backoff();
    backoff.next(0, 0);
    expect(backoff.remaining(5 * second, 9 * second)).toBe(6 * second);
    expect(backoff.remaining(5 * second, 20 * second)).toBe(0);
  });
  it('forgets after ten minutes without a failure', () => {
    const backoff = new Backoff();
    backoff.next(0, 0);
    expect(backoff.remaining(601 * second, 601 * second)).toBe(0);
  });
});
