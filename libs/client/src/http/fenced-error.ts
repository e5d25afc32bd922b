/** A write was not sent because its sender does not lead any more. */
export class FencedError extends Error {
  constructor({ method, path }: { method: string; path: string }) {
    super(`${method} ${path} was not sent: this process does not lead any more`);
    this.name = 'FencedError';
  }
}
