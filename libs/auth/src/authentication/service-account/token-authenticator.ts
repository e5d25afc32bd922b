import { serviceAccountGroups, serviceAccountUserName, type UserInfo } from '../../user';
import type { AuthenticationResult, TokenAuthenticator } from '../authenticator';
import type { Reference, ServiceAccountClaims } from './claims';
import type { VerificationKeys } from './keys';
import { credentialIdOf } from './token-issuer';
import type { TokenUse } from './token-uses';
import { matchingAudiences, VerifiedTokens } from './verified-tokens';

/** What the authenticator asks of the cluster: the uid and deletion time of an object, undefined when it is gone. */
export type ObjectLookup = (
  resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes',
  namespace: string,
  name: string,
) => Promise<{ uid: string; deletionTimestamp?: string } | undefined>;

export interface ServiceAccountAuthenticatorOptions {
  keys: VerificationKeys;
  issuers: readonly string[];
  /** Names of this API, for tokens that name no audience. */
  audiences: readonly string[];
  lookup: ObjectLookup;
  count?: (use: TokenUse) => void;
  now?: () => number;
}

/** Clocks may differ by so much, and what is being deleted may end in peace. */
const leewayMs = 60_000;
const extra = 'authentication.kubernetes.io/';
const invalidated = 'service account token has been invalidated';

/**
 * Tokens of the TokenRequest API (pkg/serviceaccount). Whether the service account and the bound object still exist is
 * asked every time, so a deleted one is out at once.
 */
export class ServiceAccountTokenAuthenticator implements TokenAuthenticator {
  private readonly verified: VerifiedTokens<ServiceAccountClaims>;

  constructor(private readonly options: ServiceAccountAuthenticatorOptions) {
    this.verified = new VerifiedTokens(options.keys, options.issuers);
  }

  async authenticate(token: string, wanted: readonly string[]): Promise<AuthenticationResult> {
    const verified = this.verified.read(token);
    if (!verified) return { kind: 'none' };
    if ('fault' in verified) return rejected(verified.fault);
    const { claims } = verified;
    const matching = matchingAudiences(claims, wanted, this.options.audiences);
    if ('fault' in matching) return rejected(matching.fault);
    const now = this.options.now?.() ?? Date.now();
    const fault = timeFault(claims, now) ?? shapeFault(claims) ?? (await this.bindingFault(claims, now));
    if (fault) return rejected(fault);
    const annotations = this.noteAge(claims, now);
    return { kind: 'user', user: userOf(claims), ...matching, ...(annotations ? { annotations } : {}) };
  }

  private async bindingFault({ 'kubernetes.io': own }: ServiceAccountClaims, now: number): Promise<string | undefined> {
    const { namespace, serviceaccount, secret, pod, node } = own;
    const account = await this.options.lookup('serviceaccounts', namespace, serviceaccount.name);
    if (!account) return `serviceaccounts ${JSON.stringify(serviceaccount.name)} not found`;
    if (longDeleted(account, now)) return `service account ${namespace}/${serviceaccount.name} has been deleted`;
    if (account.uid !== serviceaccount.uid) {
      return `service account UID (${account.uid}) does not match claim (${serviceaccount.uid})`;
    }
    return (
      (secret && (await this.boundFault('secret', { namespace, ...secret }, now))) ??
      (pod && (await this.boundFault('pod', { namespace, ...pod }, now))) ??
      // A pod's node is information; only a token bound to a node itself depends on it.
      (node && !pod ? await this.boundFault('node', { namespace: '', ...node }, now) : undefined)
    );
  }

  private async boundFault(
    kind: 'secret' | 'pod' | 'node',
    { namespace, name, uid }: Reference & { namespace: string },
    now: number,
  ): Promise<string | undefined> {
    const found = await this.options.lookup(`${kind}s`, namespace, name);
    if (!found || longDeleted(found, now)) return invalidated;
    if (found.uid === uid) return undefined;
    return `${kind} UID (${found.uid}) does not match service account ${kind} ref claim (${uid})`;
  }

  /** Tokens that live longer than their pods know are counted, and told of when their time would have been over. */
  private noteAge({ sub, ...claims }: ServiceAccountClaims, now: number): Record<string, string> | undefined {
    const { warnafter } = claims['kubernetes.io'];
    if (!warnafter) return undefined;
    const late = Math.floor(now / 1000) - warnafter;
    this.options.count?.(late > 0 ? 'stale_tokens' : 'valid_tokens');
    if (late <= 0) return undefined;
    return {
      'authentication.k8s.io/stale-token': `subject: ${sub}, seconds after warning threshold: ${late}`,
    };
  }
}

const rejected = (reason: string): AuthenticationResult => ({ kind: 'rejected', reason });

function timeFault({ exp, nbf, iat }: ServiceAccountClaims, now: number): string | undefined {
  if (isLater(nbf, now + leewayMs)) return 'service account token is not valid yet';
  if (!isLater(exp, now - leewayMs - 1)) return 'service account token has expired';
  if (isLater(iat, now + leewayMs)) {
    return 'service account token claims could not be validated due to unexpected validation error';
  }
  return undefined;
}

/** Seconds since 1970 against milliseconds. */
const isLater = (seconds: number | undefined, ms: number): boolean =>
  typeof seconds === 'number' && seconds * 1000 > ms;

/** The keys may sign tokens that others made: what is in them is looked at before it is used. */
function shapeFault({ 'kubernetes.io': own, ...claims }: ServiceAccountClaims): string | undefined {
  const isReference = (value: Reference | undefined): boolean =>
    value === undefined || (typeof value === 'object' && value !== null && typeof value.name === 'string');
  const isGood =
    typeof claims.exp === 'number' &&
    typeof own === 'object' &&
    own !== null &&
    typeof own.namespace === 'string' &&
    own.serviceaccount !== undefined &&
    [own.serviceaccount, own.pod, own.secret, own.node].every(isReference);
  return isGood ? undefined : 'service account token claims could not be validated due to unexpected private claim';
}

/** A terminating pod keeps its token for a minute past its deletion time, so that it can clean up. */
const longDeleted = ({ deletionTimestamp }: { deletionTimestamp?: string }, now: number): boolean =>
  deletionTimestamp !== undefined && now > Date.parse(deletionTimestamp) + leewayMs;

function userOf({ jti, 'kubernetes.io': own }: ServiceAccountClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = own;
  return {
    name: serviceAccountUserName(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: serviceAccountGroups(namespace),
    extra: {
      ...(jti ? { [`${extra}credential-id`]: [credentialIdOf(jti)] } : {}),
      ...(node ? { [`${extra}node-name`]: [node.name] } : {}),
      ...(node?.uid ? { [`${extra}node-uid`]: [node.uid] } : {}),
      ...(pod?.uid ? { [`${extra}pod-name`]: [pod.name], [`${extra}pod-uid`]: [pod.uid] } : {}),
    },
  };
}
