import { readFileSync } from 'node:fs';
import { signClaims, type SubjectPermissions } from './claims';
import { isPublicKey, NkeySigner } from './nkey';

/** The secrets of the bus' authority, as they stand in its file. */
export interface IssuerKeys {
  operatorSeed: string;
  system: AccountKeys;
  account: AccountKeys;
}
interface AccountKeys {
  /** The account. */
  publicKey: string;
  /** The key that signs for it. */
  seed: string;
}

export interface UserGrant {
  name: string;
  publicKey: string;
  permissions: SubjectPermissions;
  /** Milliseconds since 1970. */
  expires: number;
}

/** Where a server learns of new claims of an account. */
export const claimsUpdateSubject = '$SYS.REQ.CLAIMS.UPDATE';

const unlimited = { subs: -1, data: -1, payload: -1 };
const limits = { ...unlimited, conn: -1, leaf: 0, imports: 0, exports: 0, wildcards: true, disallow_bearer: true };

/** Signs who may use the bus, for what and how long. */
export class BusIssuer {
  private readonly operator: NkeySigner;
  private readonly system: NkeySigner;
  private readonly account: NkeySigner;

  constructor(private readonly keys: IssuerKeys) {
    this.operator = new NkeySigner(keys.operatorSeed);
    this.system = new NkeySigner(keys.system.seed);
    this.account = new NkeySigner(keys.account.seed);
    if (![keys.account.publicKey, keys.system.publicKey].every((key) => isPublicKey('account', key))) {
      throw new Error('an account of the bus has no public key');
    }
  }

  static read(file: string): BusIssuer {
    try {
      return new BusIssuer(JSON.parse(readFileSync(file, 'utf8')) as IssuerKeys);
    } catch (error) {
      throw new Error(`${file} does not hold the keys of a bus; nestor pki writes such a file`, { cause: error });
    }
  }

  /** A user of the cluster's account. Whoever may do nothing in a direction is told so: no list at all means everything. */
  signUser({ name, publicKey, permissions, expires }: UserGrant): string {
    return this.sign(this.account, this.keys.account.publicKey, { name, publicKey, permissions, expires });
  }

  /** Who may tell servers of new claims, and nothing else. */
  signClaimsUpdater(publicKey: string, expires: number): string {
    const permissions = { publish: [claimsUpdateSubject], subscribe: ['_INBOX.>'] };
    return this.sign(this.system, this.keys.system.publicKey, { name: 'apiserver', publicKey, permissions, expires });
  }

  /** The cluster's account, without those whose public keys are named: what they hold is void up to the second given. */
  signAccount(revocations: Readonly<Record<string, number>> = {}): string {
    const more = Object.keys(revocations).length > 0 ? { revocations } : {};
    return this.accountToken('nestor', this.keys.account.publicKey, this.account.publicKey, more);
  }

  signSystemAccount(): string {
    return this.accountToken('system', this.keys.system.publicKey, this.system.publicKey);
  }

  private accountToken(name: string, sub: string, signingKey: string, more: object = {}): string {
    const nats = { type: 'account', version: 2, limits, signing_keys: [signingKey], ...more } as const;
    return signClaims(this.operator, { name, sub, nats });
  }

  private sign(signer: NkeySigner, account: string, { name, publicKey, permissions, expires }: UserGrant): string {
    const only = (subjects: readonly string[]) => (subjects.length > 0 ? { allow: subjects } : { deny: ['>'] });
    return signClaims(signer, {
      name,
      sub: publicKey,
      exp: Math.ceil(expires / 1000),
      nats: {
        type: 'user',
        version: 2,
        issuer_account: account,
        pub: only(permissions.publish),
        sub: only(permissions.subscribe),
        ...unlimited,
        allowed_connection_types: ['STANDARD'],
      },
    });
  }
}
