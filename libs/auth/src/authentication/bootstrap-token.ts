import { timingSafeEqual } from 'node:crypto';
import { bootstrapTokenName, bootstrapTokenType, readBootstrapToken } from '@nestor/formats';
import { asAuthenticated } from '../user';
import type { AuthenticationResult, TokenAuthenticator } from './authenticator';

const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const defaultGroup = 'system:bootstrappers';

/** What of a Secret counts. */
export interface BootstrapSecret {
  type?: string;
  metadata: { name?: string; namespace?: string; deletionTimestamp?: string };
  /** In base64. */
  data?: Readonly<Record<string, string>>;
}

export interface BootstrapTokenOptions {
  /** A Secret of kube-system as the cache has it. */
  secret(name: string): Promise<BootstrapSecret | undefined>;
  /** Told why the Secret of a token that was shown does not let it in. */
  onMismatch(secret: BootstrapSecret, why: string): void;
  now?: () => number;
}

/** Tokens that new nodes join with, each in a Secret of kube-system (plugin/pkg/auth/authenticator/token/bootstrap). */
export class BootstrapTokenAuthenticator implements TokenAuthenticator {
  constructor(private readonly options: BootstrapTokenOptions) {}

  async authenticate(token: string): Promise<AuthenticationResult> {
    const shown = readBootstrapToken(token);
    if (!shown) return { kind: 'none' };
    const { id, secret: key } = shown;
    const secret = await this.options.secret(bootstrapTokenName(id));
    if (!secret) return { kind: 'none' };
    const fault = faultOf(secret, { id, key, now: this.options.now?.() ?? Date.now() });
    const groups = groupsOf(secret);
    if (fault !== undefined || typeof groups === 'string') {
      this.options.onMismatch(secret, fault ?? (groups as string));
      return { kind: 'none' };
    }
    return { kind: 'user', user: asAuthenticated({ name: `system:bootstrap:${id}`, groups }) };
  }
}

function faultOf(secret: BootstrapSecret, { id, key, now }: { id: string; key: string; now: number }) {
  if (secret.metadata.deletionTimestamp) return 'is deleted and awaiting removal';
  if (secret.type !== bootstrapTokenType || !secret.data) return `has invalid type, expected ${bootstrapTokenType}.`;
  if (!isSame(valueOf(secret, 'token-secret'), key)) return 'has invalid value for key token-secret.';
  if (valueOf(secret, 'token-id') !== id) return `has invalid value for key token-id, expected ${id}.`;
  if (hasExpired(valueOf(secret, 'expiration'), now)) return 'has expired.';
  if (valueOf(secret, 'usage-bootstrap-authentication') !== 'true') {
    return 'not marked usage-bootstrap-authentication=true.';
  }
  return undefined;
}

/** How long it takes must not tell how much of a guess was right. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A time that cannot be read counts as over, for safety. */
function hasExpired(expiration: string, now: number): boolean {
  if (expiration === '') return false;
  const end = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(expiration)
    ? Date.parse(expiration)
    : NaN;
  return !(now <= end);
}

/** Sorted, or what is wrong with one of them. */
function groupsOf(secret: BootstrapSecret): string[] | string {
  const given = valueOf(secret, 'auth-extra-groups');
  const extra = given === '' ? [] : given.split(',');
  const wrong = extra.find((group) => !groupForm.test(group));
  if (wrong !== undefined) {
    return `has invalid value for key auth-extra-groups: bootstrap group ${JSON.stringify(wrong)} is invalid (must match ${groupForm.source}).`;
  }
  return [...new Set([defaultGroup, ...extra])].sort();
}

function valueOf({ data }: BootstrapSecret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
}
