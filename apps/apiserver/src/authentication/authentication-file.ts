import { semanticEqual } from '@nestor/api';
import {
  type AuthenticationConfiguration,
  type AuthenticationResult,
  readAuthenticationConfiguration,
  signingAlgorithms,
  type TokenAuthenticator,
} from '@nestor/auth';
import { createLogger } from '@nestor/telemetry';
import { followFiles } from '../files/follow-files';
import { reloadMetrics } from '../files/reload-metrics';
import { openJwtAuthentication, type OpenJwtAuthentication } from './jwt-authentication';

const log = createLogger('authentication');
const reloads = reloadMetrics('authentication');

/** How long the issuers of an old file still answer what they were asked, and how often it is told that new ones are not found. */
const patienceMs = 60_000;

/** The file of --authentication-config, as it was at the start. */
export interface AuthenticationFile {
  path: string;
  text: string;
  /** Those whose tokens no issuer of the file may have. */
  disallowedIssuers: readonly string[];
}

/**
 * The issuers of an AuthenticationConfiguration, which may change while the server runs: a file that will not do is told
 * of, and what it said before stays. So it does until all issuers of a new file have been found. Who may be anonymous
 * does not change.
 */
export class AuthenticationFileFollower implements TokenAuthenticator {
  private current: OpenJwtAuthentication;
  private next: { opened: OpenJwtAuthentication; reminder: NodeJS.Timeout } | undefined;

  constructor(
    private readonly file: AuthenticationFile,
    /** What the file said at the start. */
    private readonly initial: AuthenticationConfiguration,
    shutdown: AbortSignal,
  ) {
    const { path, text } = file;
    this.current = openJwtAuthentication(initial.jwt, signingAlgorithms);
    reloads.note(text);
    const stop = followFiles({
      files: { 'authentication-config': path },
      texts: [text],
      use: ([changed = '']) => this.use(changed),
      onError: (error) => this.failed(error),
    });
    const close = (): void => {
      stop();
      this.forgetNext();
      this.current.close();
    };
    shutdown.addEventListener('abort', close, { once: true });
  }

  authenticate(token: string, audiences: readonly string[]): AuthenticationResult | Promise<AuthenticationResult> {
    return this.current.authenticate(token, audiences);
  }

  private use(text: string): void {
    const { path, disallowedIssuers } = this.file;
    this.forgetNext();
    const { jwt, anonymous } = readAuthenticationConfiguration(text, path, disallowedIssuers);
    if (!semanticEqual(anonymous, this.initial.anonymous)) {
      throw new Error('anonymous: Forbidden: changed from initial configuration file');
    }
    const opened = openJwtAuthentication(jwt, signingAlgorithms);
    const reminder = setInterval(() => this.failed(new Error(opened.faults().join(', '))), patienceMs);
    reminder.unref();
    this.next = { opened, reminder };
    void opened.ready.then(() => this.swap(opened, text));
  }

  private swap(opened: OpenJwtAuthentication, text: string): void {
    if (this.next?.opened !== opened) return;
    clearInterval(this.next.reminder);
    this.next = undefined;
    const before = this.current;
    this.current = opened;
    // Requests that wait for an issuer's answer get it.
    setTimeout(() => before.close(), patienceMs).unref();
    reloads.count('success');
    reloads.note(text);
    log.info({ path: this.file.path }, 'reloaded authentication config');
  }

  private forgetNext(): void {
    if (!this.next) return;
    clearInterval(this.next.reminder);
    this.next.opened.close();
    this.next = undefined;
  }

  private failed(error: unknown): void {
    reloads.count('failure');
    log.error({ error, path: this.file.path }, 'the new authentication configuration is not used');
  }
}
