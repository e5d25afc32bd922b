import { serviceAccountGroups, serviceAccountUserName } from '../user';
import type { AuthenticationResult, TokenAuthenticator } from './authenticator';
import type { ServiceAccountClaims } from './service-account-token.claims';
import { VerifiedTokens } from './verified-tokens';
import type { SigningKey } from './service-account-token.issuer';

/** What the authenticator asks of the cluster: the uid and deletion time of an object, undefined when it is gone. */
export type ObjectLookup = (
  resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes',
  namespace: string,
  name: string,
) => Promise<{ uid: string; deletionTimestamp?: string } | undefined>;

export interface ServiceAccountAuthenticatorOptions {
  key: SigningKey;
  issuer: string;
  lookup: ObjectLookup;
  now?: () => number;
}

const deletedGraceMs = 60_000;

/** Whether the service account and the bound object still exist is asked every time, so a deleted one is out at once. */
export class ServiceAccountTokenAuthenticator implements TokenAuthenticator {
  private readonly verified: VerifiedTokens<ServiceAccountClaims>;
  constructor(private readonly options: ServiceAccountAuthenticatorOptions) {
    this.verified = new VerifiedTokens(options.key, options.issuer);
  }

  async authenticate(token: string, audiences: readonly string[]): Promise<AuthenticationResult> {
    const claims = this.verified.claimsOf(token);
    if (!claims) return { kind: 'none' };
    const refusal = this.refusal(claims, audiences) ?? (await this.staleness(claims));
    if (refusal) return { kind: 'rejected', reason: refusal };
    const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
    return {
      kind: 'user',
      audiences: claims.aud.filter((audience) => audiences.includes(audience)),
      user: {
        name: serviceAccountUserName(namespace, serviceaccount.name),
        uid: serviceaccount.uid,
        groups: serviceAccountGroups(namespace),
        extra: {
          'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
          ...(pod
            ? {
                'authentication.kubernetes.io/pod-name': [pod.name],
                'authentication.kubernetes.io/pod-uid': [pod.uid],
              }
            : {}),
          ...(node ? { 'authentication.kubernetes.io/node-name': [node.name] } : {}),
        },
      },
    };
  }

  private refusal(claims: ServiceAccountClaims, audiences: readonly string[]): string | undefined {
    const now = (this.options.now?.() ?? Date.now()) / 1000;
    if (now >= claims.exp) return 'service account token has expired';
    if (now < claims.nbf - 60) return 'service account token is not valid yet';
    if (!claims.aud.some((audience) => audiences.includes(audience)))
      return 'token audiences are invalid for the target audiences';
    return undefined;
  }

  private async staleness(claims: ServiceAccountClaims): Promise<string | undefined> {
    const { namespace, serviceaccount, pod, secret, node } = claims['kubernetes.io'];
    const bound = [
      ['serviceaccounts', namespace, serviceaccount],
      ['pods', namespace, pod],
      ['secrets', namespace, secret],
      // A pod's node is information; only a token bound to a node itself depends on it.
      ['nodes', '', pod ? undefined : node],
    ] as const;
    for (const [resource, scope, reference] of bound) {
      if (!reference) continue;
      const found = await this.options.lookup(resource, scope, reference.name);
      if (!found || found.uid !== reference.uid || this.longDeleted(found.deletionTimestamp)) {
        return `service account token has been invalidated: ${resource} ${JSON.stringify(reference.name)} is gone`;
      }
    }
    return undefined;
  }

  /** A terminating pod keeps its token for a minute past its deletion time, so that it can clean up. */
  private longDeleted(deletionTimestamp: string | undefined): boolean {
    if (!deletionTimestamp) return false;
    return (this.options.now?.() ?? Date.now()) > Date.parse(deletionTimestamp) + deletedGraceMs;
  }
}
