import { serviceAccountGroups, serviceAccountUserName } from '../../user';
import type { AuthenticationResult, TokenAuthenticator } from '../authenticator';
import type { PublicClaims } from './claims';
import type { VerificationKeys } from './keys';
import type { TokenUse } from './token-uses';
import { matchingAudiences, VerifiedTokens } from './verified-tokens';

const issuer = 'kubernetes/serviceaccount';
const invalidSince = 'kubernetes.io/legacy-token-invalid-since';
const annotation = 'authentication.k8s.io/legacy-token';

interface LegacyClaims extends PublicClaims {
  'kubernetes.io/serviceaccount/namespace'?: string;
  'kubernetes.io/serviceaccount/secret.name'?: string;
  'kubernetes.io/serviceaccount/service-account.name'?: string;
  'kubernetes.io/serviceaccount/service-account.uid'?: string;
}

/** What of a living Secret or ServiceAccount counts. */
export interface TokenHolder {
  metadata: {
    namespace?: string;
    name?: string;
    uid?: string;
    deletionTimestamp?: string;
    labels?: Readonly<Record<string, string>>;
  };
  /** A Secret's, in base64. */
  data?: Readonly<Record<string, string>>;
  /** A ServiceAccount's, among them those that were made for it unasked. */
  secrets?: readonly { name?: string }[];
}

export interface LegacyTokenOptions {
  keys: VerificationKeys;
  /** The API server's own; a token without audiences is for these alone. */
  audiences: readonly string[];
  lookup(resource: 'secrets' | 'serviceaccounts', namespace: string, name: string): Promise<TokenHolder | undefined>;
  /** Somebody tried to get in by the token of a Secret. */
  used(secret: TokenHolder): void;
  count?: (use: TokenUse) => void;
}

interface Named {
  namespace: string;
  secretName: string;
  serviceAccountName: string;
  serviceAccountUID: string;
}

/** Tokens without an end that lie in Secrets: as good as the Secret that holds them, each time anew. */
export class LegacyServiceAccountTokenAuthenticator implements TokenAuthenticator {
  private readonly verified: VerifiedTokens<LegacyClaims>;

  constructor(private readonly options: LegacyTokenOptions) {
    this.verified = new VerifiedTokens(options.keys, [issuer]);
  }

  async authenticate(token: string, wanted: readonly string[]): Promise<AuthenticationResult> {
    const verified = this.verified.read(token);
    if (!verified) return { kind: 'none' };
    if ('fault' in verified) return rejected(verified.fault);
    const { claims } = verified;
    if (claims.aud === undefined) this.options.count?.('legacy_tokens');
    const matching = matchingAudiences(claims, wanted, this.options.audiences);
    if ('fault' in matching) return rejected(matching.fault);
    const named = read(claims);
    if (typeof named === 'string') return rejected(named);
    const found = await this.holders(token, named);
    if (typeof found === 'string') return rejected(found);
    return this.accept(named, found, matching.audiences);
  }

  /** The Secret and the account that stand behind the token, or why they do not. */
  private async holders(
    token: string,
    { namespace, secretName, serviceAccountName: name, serviceAccountUID: uid }: Named,
  ): Promise<{ secret: TokenHolder; account: TokenHolder } | string> {
    const secret = await this.options.lookup('secrets', namespace, secretName);
    if (!secret || secret.metadata.deletionTimestamp) return 'service account token has been invalidated';
    if (Buffer.from(secret.data?.['token'] ?? '', 'base64').toString() !== token) {
      return "service account token does not match server's copy";
    }
    const account = await this.options.lookup('serviceaccounts', namespace, name);
    if (!account) return `serviceaccounts ${JSON.stringify(name)} not found`;
    if (account.metadata.deletionTimestamp) return `service account ${namespace}/${name} has been deleted`;
    if (account.metadata.uid !== uid) {
      return `service account UID (${account.metadata.uid}) does not match claim (${uid})`;
    }
    return { secret, account };
  }

  private accept(
    { namespace, secretName, serviceAccountName: name, serviceAccountUID: uid }: Named,
    { secret, account }: { secret: TokenHolder; account: TokenHolder },
    audiences: string[],
  ): AuthenticationResult {
    this.options.used(secret);
    if (secret.metadata.labels?.[invalidSince] !== undefined) {
      this.options.count?.('invalid_legacy_auto_token_uses');
      return rejected(
        `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSince}' label from the secret to temporarily allow use of this token`,
      );
    }
    const isAutomatic = account.secrets?.some((reference) => reference.name === secretName) ?? false;
    this.options.count?.(isAutomatic ? 'legacy_auto_token_uses' : 'legacy_manual_token_uses');
    const user = { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace) };
    return {
      kind: 'user',
      user,
      audiences,
      annotations: {
        [annotation]: user.name,
        [isAutomatic ? `${annotation}-autogenerated-secret` : `${annotation}-manual-secret`]: secretName,
      },
      ...(isAutomatic ? { warnings: [automaticWarning] } : {}),
    };
  }
}

const automaticWarning =
  'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.';

const rejected = (reason: string): AuthenticationResult => ({ kind: 'rejected', reason });

function read(claims: LegacyClaims): Named | string {
  const named = {
    namespace: claims['kubernetes.io/serviceaccount/namespace'] ?? '',
    secretName: claims['kubernetes.io/serviceaccount/secret.name'] ?? '',
    serviceAccountName: claims['kubernetes.io/serviceaccount/service-account.name'] ?? '',
    serviceAccountUID: claims['kubernetes.io/serviceaccount/service-account.uid'] ?? '',
  };
  if (!claims.sub) return 'sub claim is missing';
  const missing = Object.entries(named).find(([, value]) => value === '');
  if (missing) return `${missing[0]} claim is missing`;
  const isOwn = claims.sub === serviceAccountUserName(named.namespace, named.serviceAccountName);
  return isOwn ? named : 'sub claim is invalid';
}
