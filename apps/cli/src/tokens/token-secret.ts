import type { Secret } from '@nestor/api';
import {
  bootstrapTokenName,
  bootstrapTokenNamespace,
  bootstrapTokenType,
  type BootstrapToken,
  rfc3339,
} from '@nestor/formats';
import { parseBootstrapToken } from '@nestor/pki';

/** Whose holders may ask for a node's first certificate. */
export const defaultTokenGroup = 'system:bootstrappers:nestor:default-node-token';
export const tokenUsages = ['signing', 'authentication'] as const;

const usagePrefix = 'usage-bootstrap-';

export interface TokenFacts {
  token: BootstrapToken;
  description?: string;
  /** In milliseconds since 1970; it never ends without. */
  expires?: number;
  usages: readonly string[];
  groups: readonly string[];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
export function secretOf({ token, description, expires, usages, groups }: TokenFacts): Secret {
  const data: Record<string, string> = {
    'token-id': token.id,
    'token-secret': token.secret,
    ...(description ? { description } : {}),
    ...(expires === undefined ? {} : { expiration: rfc3339(expires) }),
    ...Object.fromEntries(usages.map((usage) => [usagePrefix + usage, 'true'])),
    ...(groups.length > 0 ? { 'auth-extra-groups': groups.join(',') } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: bootstrapTokenName(token.id), namespace: bootstrapTokenNamespace },
    type: bootstrapTokenType,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  };
}

/** Throws where a Secret of the type is no token. */
export function factsOf({ metadata, data = {} }: Secret): TokenFacts {
  const value = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const id = value('token-id');
  if (!id) throw new Error(`bootstrap Token Secret has no token-id data: ${metadata.name}`);
  if (metadata.name !== bootstrapTokenName(id)) {
    throw new Error(
      `bootstrap token name is not of the form '${bootstrapTokenName('(token-id)')}'. Actual: "${metadata.name}". Expected: "${bootstrapTokenName(id)}"`,
    );
  }
  const expiration = value('expiration');
  const expires = Date.parse(expiration);
  if (expiration && Number.isNaN(expires))
    throw new Error(`can't parse expiration time of bootstrap token "${metadata.name}"`);
  return {
    token: parseBootstrapToken(`${id}.${value('token-secret')}`),
    description: value('description') || undefined,
    expires: expiration ? expires : undefined,
    usages: Object.keys(data)
      .filter((key) => key.startsWith(usagePrefix) && value(key) === 'true')
      .map((key) => key.slice(usagePrefix.length))
      .sort(),
    groups: value('auth-extra-groups').split(',').filter(Boolean),
  };
}
