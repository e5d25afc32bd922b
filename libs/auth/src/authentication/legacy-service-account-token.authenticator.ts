import { serviceAccountGroups, serviceAccountUserName } from '../user';
import type { AuthenticationResult, TokenAuthenticator } from './authenticator';
import type { SigningKey } from './service-account-token.issuer';
import { VerifiedTokens } from './verified-tokens';

const issuer = 'kubernetes/serviceaccount';
const invalidSince = 'kubernetes.io/legacy-token-invalid-since';

interface LegacyClaims {
  sub?: string;
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
}

export interface LegacyTokenOptions {
  key: SigningKey;
  /** The API server's own; a token without audiences is for these alone. */
  audiences: readonly string[];
  lookup(resource: 'secrets' | 'serviceaccounts', namespace: string, name: string): Promise<TokenHolder | undefined>;
  /** Somebody tried to get in by the token of a Secret. */
  used(secret: TokenHolder): void;
}

/** Tokens without an end that lie in Secrets: as good as the Secret that holds them, each time anew. */
export class LegacyServiceAccountTokenAuthenticator implements TokenAuthenticator {
  private readonly verified: VerifiedTokens<LegacyClaims>;
  constructor(private readonly options: LegacyTokenOptions) {
    this.verified = new VerifiedTokens(options.key, issuer);
  }

  async authenticate(token: string, wanted: readonly string[]): Promise<AuthenticationResult> {
    const claims = this.verified.claimsOf(token);
    if (!claims) return { kind: 'none' };
    const { namespace, secretName, name, uid, problem } = read(claims);
    if (problem) return { kind: 'rejected', reason: problem };
    const audiences = this.options.audiences.filter((own) => wanted.includes(own));
    if (audiences.length === 0) {
      return { kind: 'rejected', reason: 'token audiences are invalid for the target audiences' };
    }
    const refusal = await this.refusal(token, { namespace, secretName, name, uid });
    if (refusal) return { kind: 'rejected', reason: refusal };
    const user = { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace) };
    return { kind: 'user', user, audiences };
  }

  private async refusal(
    token: string,
    { namespace, secretName, name, uid }: Record<'namespace' | 'secretName' | 'name' | 'uid', string>,
  ): Promise<string | undefined> {
    const secret = await this.options.lookup('secrets', namespace, secretName);
    if (!secret || secret.metadata.deletionTimestamp) return 'service account token has been invalidated';
    if (Buffer.from(secret.data?.['token'] ?? '', 'base64').toString() !== token) {
      return "service account token does not match server's copy";
    }
    const account = await this.options.lookup('serviceaccounts', namespace, name);
    if (!account || account.metadata.deletionTimestamp) {
      return `service account ${namespace}/${name} has been deleted`;
    }
    if (account.metadata.uid !== uid) {
      return `service account UID (${account.metadata.uid}) does not match claim (${uid})`;
    }
    this.options.used(secret);
    return secret.metadata.labels?.[invalidSince] === undefined
      ? undefined
      : `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSince}' label from the secret to temporarily allow use of this token`;
  }
}

function read(claims: LegacyClaims) {
  const {
    sub,
    'kubernetes.io/serviceaccount/namespace': namespace = '',
    'kubernetes.io/serviceaccount/secret.name': secretName = '',
    'kubernetes.io/serviceaccount/service-account.name': name = '',
    'kubernetes.io/serviceaccount/service-account.uid': uid = '',
  } = claims;
  const found = { namespace, secretName, name, uid };
  const missing = !sub ? 'sub' : Object.entries(found).find(([, value]) => value === '')?.[0];
  if (missing) return { ...found, problem: `${missing} claim is missing` };
  const isOwn = sub === serviceAccountUserName(namespace, name);
  return { ...found, problem: isOwn ? undefined : 'sub claim is invalid' };
}
