import { anonymous } from '../user';
import type { AuthenticationResult } from './authenticator';

/** AuthenticationConfiguration's anonymous: who shows nothing may be anonymous, at all or at certain paths only. */
export interface AnonymousSettings {
  enabled: boolean;
  conditions?: readonly { path: string }[];
}

/** Lets callers without credentials be system:anonymous (request/anonymous). */
export class AnonymousAuthenticator {
  private readonly paths: ReadonlySet<string>;
  private readonly isEnabled: boolean;

  constructor({ enabled, conditions = [] }: AnonymousSettings) {
    this.isEnabled = enabled;
    this.paths = new Set(conditions.map(({ path }) => path));
  }

  authenticate(path: string): AuthenticationResult {
    if (!this.isEnabled || (this.paths.size > 0 && !this.paths.has(path))) return { kind: 'none' };
    return { kind: 'user', user: anonymous };
  }
}
