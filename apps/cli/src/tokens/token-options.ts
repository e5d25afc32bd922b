import { parseGoDuration } from '@nestor/formats';
import { createBootstrapToken, parseBootstrapToken } from '@nestor/pki';
import { defaultTokenGroup, tokenUsages, type TokenFacts } from './token-secret';

export interface TokenOptions {
  description?: string;
  ttl: string;
  usages: readonly string[];
  groups: readonly string[];
}

export const defaultTokenOptions: TokenOptions = { ttl: '24h0m0s', usages: tokenUsages, groups: [defaultTokenGroup] };

const groupPattern = String.raw`\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\z`;
const group = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** What a token is to be, by what the user asked for; throws naming what is wrong with that. */
export function tokenFacts(text: string | undefined, options: TokenOptions, now: number): TokenFacts {
  const { description, usages, groups } = options;
  const unknown = usages.filter((usage) => !(tokenUsages as readonly string[]).includes(usage));
  if (unknown.length > 0) {
    throw new Error(`--usages: valid bootstrap token usages are authentication, signing; got: ${unknown.join(', ')}`);
  }
  const odd = groups.find((name) => !group.test(name));
  if (odd !== undefined) throw new Error(`--groups: bootstrap group "${odd}" is invalid (must match ${groupPattern})`);
  if (groups.length > 0 && !usages.includes('authentication')) {
    throw new Error('--groups: token groups cannot be specified unless --usages includes "authentication"');
  }
  const ttlMs = duration(options.ttl);
  return {
    token: parseBootstrapToken(text ?? createBootstrapToken()),
    description,
    usages,
    groups,
    // Without an end where the time to live is nothing, as kubeadm has it.
    expires: ttlMs === 0 ? undefined : now + ttlMs,
  };
}

function duration(text: string): number {
  let milliseconds: number;
  try {
    milliseconds = parseGoDuration(text);
  } catch (error) {
    throw new Error(`--ttl: ${(error as Error).message}`, { cause: error });
  }
  if (milliseconds < 0) throw new Error('--ttl: the time to live must not be negative');
  return milliseconds;
}
