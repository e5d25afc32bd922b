import { readClaims, verifySignature, type BusTrust, type Claims } from '@nestor/bus-auth';
import type { ConnectOptions } from './nats-protocol';

/** A client that has shown who it is. */
export interface AdmittedUser {
  publicKey: string;
  issuedAt: number;
  /** Milliseconds since 1970. */
  expires: number;
  account: string;
  publish: readonly string[];
  subscribe: readonly string[];
}

/** Decides by the tokens of an operator, its accounts and their users who may use a broker, as nats-server does. */
export class BusAuthority {
  private readonly operatorKeys: ReadonlySet<string>;
  private readonly accounts = new Map<string, Claims>();

  constructor(private readonly trust: BusTrust) {
    const operator = readClaims(trust.operatorToken);
    if (!operator) throw new Error('the token of the operator of the bus is not signed as it should be');
    this.operatorKeys = new Set([operator.sub, ...(operator.nats.signing_keys ?? [])]);
    for (const token of Object.values(trust.accountTokens)) {
      if (!this.update(token)) throw new Error('the operator of the bus has not signed the token of an account');
    }
  }

  /** New claims of an account; false where the operator did not sign them, or they are older than those known. */
  update(token: string): boolean {
    const claims = readClaims(token);
    if (claims?.nats.type !== 'account' || !this.operatorKeys.has(claims.iss)) return false;
    if (claims.iat < (this.accounts.get(claims.sub)?.iat ?? 0)) return false;
    this.accounts.set(claims.sub, claims);
    return true;
  }

  admit({ jwt = '', sig = '' }: ConnectOptions, nonce: string): AdmittedUser | undefined {
    const claims = readClaims(jwt);
    if (claims?.nats.type !== 'user' || !claims.exp) return undefined;
    const account = claims.nats.issuer_account ?? claims.iss;
    const signers = this.accounts.get(account)?.nats.signing_keys ?? [];
    if (![account, ...signers].includes(claims.iss)) return undefined;
    if (!verifySignature(claims.sub, Buffer.from(nonce), Buffer.from(sig, 'base64url'))) return undefined;
    const { pub, sub } = claims.nats;
    const user: AdmittedUser = {
      publicKey: claims.sub,
      issuedAt: claims.iat,
      expires: claims.exp * 1000,
      account,
      publish: pub?.allow ?? [],
      subscribe: sub?.allow ?? [],
    };
    return this.isRevoked(user) || user.expires <= Date.now() ? undefined : user;
  }

  isRevoked({ account, publicKey, issuedAt }: AdmittedUser): boolean {
    const until = this.accounts.get(account)?.nats.revocations?.[publicKey];
    return until !== undefined && issuedAt <= until;
  }

  isSystem({ account }: AdmittedUser): boolean {
    return account === this.trust.systemAccount;
  }
}
