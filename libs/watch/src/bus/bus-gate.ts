import { claimsUpdateSubject, type BusTrust } from '@nestor/bus-auth';
import { BusAuthority, type AdmittedUser } from './bus-authority';
import type { BusServerClient, ClientPublication, Permissions } from './bus-server-client';
import type { ConnectOptions } from './nats-protocol';

interface Inside {
  user: AdmittedUser;
  /** Ends the connection when the credential does. */
  expiry: NodeJS.Timeout;
}

/** Lets clients into a broker by their credentials, and puts them out when those have expired or were revoked. */
export class BusGate {
  private readonly authority: BusAuthority;
  private readonly inside = new Map<BusServerClient, Inside>();

  constructor(trust: BusTrust) {
    this.authority = new BusAuthority(trust);
  }

  admit(client: BusServerClient, options: ConnectOptions, nonce: string): Permissions | undefined {
    const user = this.authority.admit(options, nonce);
    if (!user) return undefined;
    const expiry = setTimeout(() => client.refuse('User Authentication Expired'), user.expires - Date.now());
    expiry.unref();
    this.inside.set(client, { user, expiry });
    return user;
  }

  left(client: BusServerClient): void {
    clearTimeout(this.inside.get(client)?.expiry);
    this.inside.delete(client);
  }

  /** The answer to new claims of an account, where the message brings such. */
  update(client: BusServerClient, { subject, payload }: ClientPublication): object | undefined {
    const from = this.inside.get(client);
    if (subject !== claimsUpdateSubject || !from || !this.authority.isSystem(from.user)) return undefined;
    if (!this.authority.update(payload.toString())) return { error: { code: 500, description: 'jwt not accepted' } };
    for (const [other, { user }] of this.inside) {
      if (this.authority.isRevoked(user)) other.refuse('User Authentication Revoked');
    }
    return { data: { code: 200, message: 'jwt updated' } };
  }
}
