import { internalError } from '@nestor/api';
import type { Provider } from './providers/provider';

export interface Opened {
  plain: Buffer;
  /** Another provider, or another key, would write it today. */
  isStale: boolean;
}

/** The providers of one kind of object, in order: the first writes, the one whose prefix stands before the bytes reads. */
export class ResourceEncryption {
  private readonly writer: Provider;
  private readonly readers: readonly { provider: Provider; prefix: Buffer }[];

  constructor(providers: readonly Provider[]) {
    const [writer] = providers;
    if (!writer) throw new Error('encryption needs a provider');
    this.writer = writer;
    this.readers = providers.map((provider) => ({ provider, prefix: Buffer.from(provider.prefix) }));
  }

  async seal(plain: Buffer, name: string): Promise<Buffer> {
    const sealed = await this.writer.encrypt(plain, Buffer.from(name));
    return this.writer.prefix === '' ? sealed : Buffer.concat([Buffer.from(this.writer.prefix), sealed]);
  }

  async open(stored: Buffer, name: string): Promise<Opened> {
    const context = Buffer.from(name);
    let problem: unknown;
    // Keys of one name may differ, as after a key was replaced under its name: each is tried.
    for (const { provider, prefix } of this.readers) {
      if (!stored.subarray(0, prefix.length).equals(prefix)) continue;
      try {
        const { plain, isStale } = await provider.decrypt(stored.subarray(prefix.length), context);
        return { plain, isStale: isStale || provider !== this.writer };
      } catch (error) {
        problem ??= error;
      }
    }
    const why = problem instanceof Error ? problem.message : 'no matching prefix found';
    throw internalError(`unable to transform key ${JSON.stringify(name)}: ${why}`, problem);
  }
}
