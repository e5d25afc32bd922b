import { createNkey, type BusIssuer, type SubjectPermissions } from '@nestor/bus-auth';
import type { BusCredentialSource } from './bus-credentials';

export interface OwnUser {
  name: string;
  permissions: SubjectPermissions;
  lifeMs: number;
}

/** The credentials of who holds the authority's keys, and needs to ask nobody. */
export function ownCredentials(issuer: BusIssuer, { name, permissions, lifeMs }: OwnUser): BusCredentialSource {
  const { publicKey, seed } = createNkey('user');
  return {
    obtain: () => {
      const issued = Date.now();
      const expires = issued + lifeMs;
      const token = issuer.signUser({ name, publicKey, permissions, expires });
      return Promise.resolve({ token, seed, renewAt: renewalTime(issued, expires), subjects: permissions.subscribe });
    },
  };
}

/** Well before the end, and not everybody at once. */
export function renewalTime(issued: number, expires: number): number {
  return issued + (expires - issued) * (0.7 + Math.random() / 10);
}
