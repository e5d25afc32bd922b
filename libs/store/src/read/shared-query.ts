/**
 * One query for all callers who wait. A caller joins only a query that has not been sent yet: one in flight may have
 * read before a commit that the caller already knows of.
 */
export class SharedQuery<T> {
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<T> | undefined;

  constructor(private readonly query: () => Promise<T>) {}

  read(): Promise<T> {
    this.next ??= this.running.then(nextTurn).then(() => {
      const answer = this.query();
      this.next = undefined;
      this.running = answer.catch(() => undefined);
      return answer;
    });
    return this.next;
  }
}

/** Requests that came in with this turn of the event loop share the query as well. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
