import { createHash } from 'node:crypto';
import { metrics } from '@nestor/telemetry';

const prefix = 'apiserver_authentication_jwt_authenticator';
const latency = metrics.histogram(
  `${prefix}_latency_seconds`,
  'Latency of jwt authentication operations in seconds. This is the time spent authenticating a token for cache miss only (i.e. when the token is not found in the cache).',
  ['result', 'jwt_issuer_hash'],
  [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
);
const fetchedAt = metrics.gauge(
  `${prefix}_jwks_fetch_last_timestamp_seconds`,
  'Timestamp of the last successful or failed JWKS fetch split by result, api server identity and jwt issuer for the JWT authenticator.',
  ['result', 'jwt_issuer_hash'],
);
const keySetInfo = metrics.gauge(
  `${prefix}_jwks_fetch_last_key_set_info`,
  'Information about the last JWKS fetched by the JWT authenticator with hash as label, split by api server identity and jwt issuer.',
  ['jwt_issuer_hash', 'hash'],
);

const hashOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** By issuer, whose keys are told of, and their hash: an authenticator that is replaced leaves those of the next alone. */
const shown = new Map<string, { by: OidcMetrics; hash: string }>();

/** What is counted of one issuer; a label tells which without telling who. */
export class OidcMetrics {
  private readonly issuer: string;

  constructor(issuer: string) {
    this.issuer = hashOf(issuer);
  }

  observe(result: 'success' | 'failure', milliseconds: number): void {
    latency.observe({ result, jwt_issuer_hash: this.issuer }, milliseconds / 1000);
  }

  /** The text of the keys that were fetched; undefined where there were none. */
  noteKeys(keySet: string | undefined): void {
    const result = keySet === undefined ? 'failure' : 'success';
    fetchedAt.set({ result, jwt_issuer_hash: this.issuer }, Date.now() / 1000);
    if (keySet === undefined) return;
    this.hide();
    const hash = hashOf(keySet);
    shown.set(this.issuer, { by: this, hash });
    keySetInfo.set({ jwt_issuer_hash: this.issuer, hash }, 1);
  }

  forgetKeys(): void {
    if (shown.get(this.issuer)?.by === this) this.hide();
  }

  private hide(): void {
    const before = shown.get(this.issuer);
    if (before) keySetInfo.remove({ jwt_issuer_hash: this.issuer, hash: before.hash });
    shown.delete(this.issuer);
  }
}
