import { jwtAuthenticator, type Authenticator } from '@nats-io/nats-core';
import { pause } from '../relay/lead-by-lock';

/** What a server of the bus is shown. */
export interface BusCredential {
  /** Says who, for which subjects and how long, signed by the account of the cluster. */
  token: string;
  /** The secret half of the key that the token names; it never leaves the process. */
  seed: string;
  /** Milliseconds since 1970. */
  renewAt: number;
  /** What may be subscribed to. */
  subjects: readonly string[];
}

/** Where credentials come from: the API server's answer, or its own signature. */
export interface BusCredentialSource {
  obtain(): Promise<BusCredential>;
}

/** `isChanged`: other subjects than before may be subscribed to. */
export type CredentialRenewed = (isChanged: boolean) => Promise<void>;

const firstPauseMs = 250;
const longestPauseMs = 30_000;

/** Keeps one credential fresh: renews it in time, and asks for another when a server refuses it. */
export class RenewedCredential {
  private current: BusCredential | undefined;
  private rejected = false;
  private failures = 0;
  private wake: () => void = () => undefined;

  constructor(
    private readonly source: BusCredentialSource,
    private readonly signal: AbortSignal,
  ) {}

  /** Shows at each connection what is newest then. */
  readonly authenticator: Authenticator = (nonce) => {
    const { token, seed } = this.current ?? { token: '', seed: '' };
    return jwtAuthenticator(token, Buffer.from(seed))(nonce);
  };

  /** Resolves with the first one, and then renews it until the signal. */
  async start(renewed: CredentialRenewed): Promise<void> {
    await this.obtain();
    void this.keep(renewed);
  }

  /** A server did not take it: it is expired because the API server was away, or revoked, or of another authority. */
  reject(): void {
    this.rejected = true;
    this.wake();
  }

  private async keep(renewed: CredentialRenewed): Promise<void> {
    while (!this.signal.aborted) {
      await this.untilDue();
      // What a server refuses again and again is not asked for in a tight loop.
      if (this.rejected) await this.backOff();
      else this.failures = 0;
      const before = String(this.current?.subjects);
      await this.obtain();
      if (!this.signal.aborted) await renewed(String(this.current?.subjects) !== before);
    }
  }

  private async obtain(): Promise<void> {
    while (!this.signal.aborted) {
      try {
        this.current = await this.source.obtain();
        this.rejected = false;
        return;
      } catch {
        // The source says why where it can be mended: the API server is away, or the node is not registered yet.
        await this.backOff();
      }
    }
  }

  private untilDue(): Promise<void> {
    if (this.rejected || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), Math.max(0, (this.current?.renewAt ?? 0) - Date.now()));
      timer.unref();
      this.wake = () => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', this.wake);
        resolve();
      };
      this.signal.addEventListener('abort', this.wake, { once: true });
    });
  }

  private backOff(): Promise<void> {
    const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** this.failures++);
    return pause(longest * (0.5 + Math.random() / 2), this.signal);
  }
}
