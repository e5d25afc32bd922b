import { setTimeout as delay } from 'node:timers/promises';
import type * as Jose from 'jose';
import { getJson, type HttpGet } from './http-get';
import type { IdToken } from './id-token';

type JWK = Jose.JWK;
type Key = Awaited<ReturnType<typeof Jose.importJWK>>;

let library: Promise<typeof Jose> | undefined;
/** Loaded with the first token: a server without issuers starts without it. */
const jose = (): Promise<typeof Jose> => (library ??= import('jose'));

export interface RemoteKeysSettings {
  url: string;
  get: HttpGet;
  /** Told of every fetch: the text of the keys, or undefined where there was none. */
  fetched?: (keySet: string | undefined) => void;
  /** Ends what waits. */
  signal: AbortSignal;
  /** From the start of one fetch to the start of the next, whoever asks. */
  betweenMs?: number;
}

/**
 * The keys of a provider, fetched when a token comes that none of those at hand has signed. Whoever sends tokens of
 * keys that do not exist makes one fetch a second, and nobody's good token fails for that: it waits for the same fetch.
 */
export class RemoteKeys {
  private keys: readonly JWK[] = [];
  /** By the key and the algorithm it is for: those of a set that has been replaced meanwhile go with it. */
  private readonly imported = new WeakMap<JWK, Map<string, Promise<Key>>>();
  private fetching: Promise<void> | undefined;
  private lastAt = -Infinity;

  constructor(private readonly settings: RemoteKeysSettings) {}

  /** Rejects where no key of the provider has signed the token. */
  async verify(token: IdToken): Promise<void> {
    if (await this.isSigned(token)) return;
    await this.refresh();
    if (await this.isSigned(token)) return;
    throw new Error('failed to verify signature: failed to verify id token signature');
  }

  private async isSigned({ text, algorithm, keyId }: IdToken): Promise<boolean> {
    const { compactVerify } = await jose();
    for (const key of this.keys) {
      if (keyId !== undefined && key.kid !== keyId) continue;
      try {
        await compactVerify(text, await this.import(key, algorithm), { algorithms: [algorithm] });
        return true;
      } catch {
        // A key of another sort, or not this one's signature: the next may be.
      }
    }
    return false;
  }

  private import(key: JWK, algorithm: string): Promise<Key> {
    const forms = this.imported.get(key) ?? new Map<string, Promise<Key>>();
    this.imported.set(key, forms);
    let known = forms.get(algorithm);
    if (!known) forms.set(algorithm, (known = jose().then(({ importJWK }) => importJWK(key, algorithm))));
    return known;
  }

  private refresh(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    const { url, get, fetched, signal, betweenMs = 1000 } = this.settings;
    const waitMs = this.lastAt + betweenMs - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    this.lastAt = performance.now();
    try {
      const keySet = await getJson(get, url);
      this.keys = keysIn(keySet);
      fetched?.(JSON.stringify(keySet));
    } catch (error) {
      fetched?.(undefined);
      throw new Error(`failed to verify signature: fetching keys ${(error as Error).message}`, { cause: error });
    }
  }
}

function keysIn(keySet: unknown): JWK[] {
  const { keys } = (keySet ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('oidc: failed to decode keys');
  return keys.filter((key): key is JWK => typeof key === 'object' && key !== null);
}
