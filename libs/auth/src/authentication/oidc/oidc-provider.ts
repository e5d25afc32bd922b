import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@nestor/telemetry';
import { getJson, type HttpGet } from './http-get';
import { checkClaims, type IdToken } from './id-token';
import { RemoteKeys } from './remote-keys';

const log = createLogger('authentication');
const everyMs = 10_000;

export interface OidcProviderSettings {
  issuer: string;
  discoveryUrl?: string;
  audiences: readonly string[];
  /** JOSE names of the signatures that are taken. */
  algorithms: readonly string[];
  get: HttpGet;
  fetchedKeys?: (keySet: string | undefined) => void;
  now?: () => number;
  betweenMs?: number;
}

/**
 * An issuer of tokens. It is looked for in the background until it is found: it may run in the very cluster whose API
 * server waits for it.
 */
export class OidcProvider {
  /** Why it has not been found yet; undefined once it is. */
  fault: string | undefined;
  /** Settles when it has been found; never where it is closed before. */
  readonly ready: Promise<void>;
  private keys: RemoteKeys | undefined;
  private readonly ended = new AbortController();

  constructor(private readonly settings: OidcProviderSettings) {
    this.fault = `oidc: authenticator for issuer ${JSON.stringify(settings.issuer)} is not initialized`;
    this.ready = this.search();
  }

  /** Rejects where a token is not this issuer's, not for us or not for now. */
  async verify(token: IdToken): Promise<void> {
    const { audiences, algorithms, now = Date.now } = this.settings;
    if (!this.keys) throw new Error(`verifier not initialized for issuer: ${JSON.stringify(this.settings.issuer)}`);
    checkClaims(token.claims, audiences, now());
    if (!algorithms.includes(token.algorithm)) {
      const known = algorithms.map((one) => JSON.stringify(one)).join(' ');
      throw new Error(
        `oidc: id token signed with unsupported algorithm, expected [${known}] got ${JSON.stringify(token.algorithm)}`,
      );
    }
    await this.keys.verify(token);
  }

  close(): void {
    this.ended.abort();
  }

  private async search(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      try {
        const url = await this.discover();
        const { get, fetchedKeys: fetched, betweenMs } = this.settings;
        this.keys = new RemoteKeys({ url, get, fetched, signal, betweenMs });
        this.fault = undefined;
        return;
      } catch (error) {
        this.fault = (error as Error).message;
        if (!signal.aborted) log.error({ issuer: this.settings.issuer, error: this.fault }, 'an issuer is not found');
      }
      // Aborted while it waits: nobody is interested any more.
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    await new Promise<never>(() => undefined);
  }

  /** Where its keys are. */
  private async discover(): Promise<string> {
    const { issuer, discoveryUrl, get } = this.settings;
    const url = discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { issuer: said, jwks_uri: keys } = ((await getJson(get, url)) ?? {}) as Record<string, unknown>;
    if (said !== issuer) {
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(said ?? '')}`,
      );
    }
    if (typeof keys !== 'string') throw new Error('oidc: failed to decode provider discovery object: no jwks_uri');
    return keys;
  }
}
