import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BusIssuer, type IssuerKeys } from './bus-issuer';
import { signClaims } from './claims';
import { createNkey, NkeySigner } from './nkey';

/** What a server of the bus is told of whom to trust. Nothing of it is secret. */
export interface BusTrust {
  /** Vouches for the accounts. */
  operatorToken: string;
  systemAccount: string;
  /** The accounts as they were made. What was revoked since is younger, so a server goes by that. */
  accountTokens: Readonly<Record<string, string>>;
}

export interface BusTrustFiles {
  trust: BusTrust;
  /** The keys that sign: for the API servers alone. */
  issuerFile: string;
}

/**
 * Makes what is missing in a folder and leaves what is there: an operator, its system account, and the account that the
 * cluster's components are users of.
 */
export function ensureBusTrust(directory: string): BusTrustFiles {
  const trustFile = join(directory, 'bus-trust.json');
  const issuerFile = join(directory, 'bus-issuer.json');
  if (!existsSync(trustFile)) create({ directory, trustFile, issuerFile });
  return { trust: JSON.parse(readFileSync(trustFile, 'utf8')) as BusTrust, issuerFile };
}

/**
 * The operator's own key signs nothing but the name of the key that works in its place, and may be kept elsewhere. The
 * accounts' own keys sign nothing at all, so they are forgotten.
 */
function create({ directory, trustFile, issuerFile }: { directory: string; trustFile: string; issuerFile: string }) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const root = createNkey('operator');
  const operator = createNkey('operator');
  const account = () => ({ publicKey: createNkey('account').publicKey, seed: createNkey('account').seed });
  const keys: IssuerKeys = { operatorSeed: operator.seed, system: account(), account: account() };
  const issuer = new BusIssuer(keys);
  const trust: BusTrust = {
    operatorToken: signClaims(new NkeySigner(root.seed), {
      name: 'nestor',
      sub: root.publicKey,
      nats: {
        type: 'operator',
        version: 2,
        signing_keys: [operator.publicKey],
        system_account: keys.system.publicKey,
      },
    }),
    systemAccount: keys.system.publicKey,
    accountTokens: {
      [keys.system.publicKey]: issuer.signSystemAccount(),
      [keys.account.publicKey]: issuer.signAccount(),
    },
  };
  writeWhole(join(directory, 'bus-operator.seed'), `${root.seed}\n`);
  writeWhole(issuerFile, `${JSON.stringify(keys, null, 2)}\n`);
  // Last: where it is, the others are.
  writeWhole(trustFile, `${JSON.stringify(trust, null, 2)}\n`);
}

/** By renaming, so that a crash leaves no half of a file. */
function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
