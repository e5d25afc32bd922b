import { createHmac, randomBytes } from 'node:crypto';
import { ExpiringCache } from '../webhook/expiring-cache';
import type { AuthenticationResult, TokenAuthenticator } from './authenticator';

const size = 4096;

export interface CachedTokensSettings {
  /** How long it is remembered whose a token is, and that it is nobody's; 0: not at all. */
  knownMs: number;
  unknownMs: number;
  now?: () => number;
}

/**
 * Remembers what another authenticator said of a token (token/cache); that it was rejected, which may be for a failure
 * that passes, is not remembered. Equal questions that come meanwhile wait for the same answer.
 */
export class CachedTokens implements TokenAuthenticator {
  private readonly answers: ExpiringCache<AuthenticationResult>;
  private readonly asked = new Map<string, Promise<AuthenticationResult>>();
  /** Nobody who reads this memory finds tokens in it. */
  private readonly secret = randomBytes(32);

  constructor(
    private readonly inner: TokenAuthenticator,
    private readonly settings: CachedTokensSettings,
  ) {
    this.answers = new ExpiringCache(size, settings.now ?? (() => performance.now()));
  }

  authenticate(token: string, audiences: readonly string[]): AuthenticationResult | Promise<AuthenticationResult> {
    const key = this.keyOf(token, audiences);
    return this.answers.get(key) ?? this.asked.get(key) ?? this.ask(key, token, audiences);
  }

  private ask(key: string, token: string, audiences: readonly string[]): Promise<AuthenticationResult> {
    const answer = this.answer(key, token, audiences).finally(() => this.asked.delete(key));
    this.asked.set(key, answer);
    return answer;
  }

  private async answer(key: string, token: string, audiences: readonly string[]): Promise<AuthenticationResult> {
    const result = await this.inner.authenticate(token, audiences);
    const { knownMs, unknownMs } = this.settings;
    const ttl = { user: knownMs, none: unknownMs, rejected: 0 }[result.kind];
    if (ttl > 0) this.answers.set(key, result, ttl);
    return result;
  }

  private keyOf(token: string, audiences: readonly string[]): string {
    return createHmac('sha256', this.secret)
      .update(JSON.stringify([token, audiences]))
      .digest('base64');
  }
}
