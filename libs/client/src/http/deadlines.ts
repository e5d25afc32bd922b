/** How often the deadlines are looked at; they are kept to this much. */
const sweepMs = 250;

/** What can be ended when its time is over. */
interface Endable {
  destroy(error?: Error): unknown;
}

export class Deadline {
  passed = false;
  private watched: Endable | undefined;

  constructor(readonly at: number) {}

  /** What is ended when the time is over. */
  watch(endable: Endable): void {
    this.watched = endable;
  }

  pass(): void {
    this.passed = true;
    this.watched?.destroy(new Error('no answer in time'));
  }
}

/** The time limits of requests under way, all kept by one timer: a timer and an AbortSignal for each cost more than the request's own bookkeeping. */
export class Deadlines {
  private readonly open = new Set<Deadline>();
  private timer: NodeJS.Timeout | undefined;

  start(timeoutMs: number): Deadline {
    const deadline = new Deadline(performance.now() + timeoutMs);
    this.open.add(deadline);
    this.timer ??= setInterval(() => this.sweep(), sweepMs);
    return deadline;
  }

  end(deadline: Deadline): void {
    this.open.delete(deadline);
  }

  private sweep(): void {
    const now = performance.now();
    for (const deadline of this.open) {
      if (deadline.at > now) continue;
      this.open.delete(deadline);
      deadline.pass();
    }
    if (this.open.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
