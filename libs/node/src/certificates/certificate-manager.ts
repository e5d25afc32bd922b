import { pause, type KubernetesClient } from '@nestor/client';
import { createKey, createRequest, rotationDeadline, type RequestTemplate } from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';
import type { CertificateStore } from './certificate-store';
import { hold, lackOf, type HeldCertificate } from './held-certificate';
import { requestCertificate } from './request-certificate';

const log = createLogger('certificates');

export interface CertificateManagerOptions {
  /** In log lines. */
  name: string;
  signerName: string;
  usages: readonly string[];
  /** What to ask for; undefined while that is not known. It may change, and the certificate follows. */
  template: () => RequestTemplate | undefined;
  store: CertificateStore;
  client: () => KubernetesClient;
  /** A new certificate is in use; the one before it where there was one. */
  rotated?: (current: HeldCertificate, previous: HeldCertificate | undefined) => void;
  failed?: () => void;
  times?: Partial<ManagerTimes>;
}

export interface ManagerTimes {
  /** Between two looks at the template. */
  lookMs: number;
  /** The first wait after a failure, twice as long after each further one. */
  retryMs: number;
  longestRetryMs: number;
  /** For approval and signing, in one attempt. */
  waitMs: number;
}

/** Those of client-go's certificate manager. */
const usualTimes: ManagerTimes = { lookMs: 1000, retryMs: 2000, longestRetryMs: 32_000, waitMs: 15 * 60_000 };

/** Keeps one certificate: asks for it where there is none, renews it in the last third of its life, for as long as it runs. */
export class CertificateManager {
  private held: HeldCertificate | undefined;
  private readonly stopping = new AbortController();
  private readonly times: ManagerTimes;
  private running: Promise<void> | undefined;

  constructor(private readonly options: CertificateManagerOptions) {
    const found = options.store.current();
    this.held = found && hold(found);
    this.times = { ...usualTimes, ...options.times };
  }

  /** Undefined where there is none, or only one that is over. */
  get current(): HeldCertificate | undefined {
    return this.held && this.held.notAfter > Date.now() ? this.held : undefined;
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.untilDue(signal);
      for (let failures = 0; !signal.aborted && !(await this.rotate()); failures++) {
        const wait = Math.min(this.times.retryMs * 2 ** failures, this.times.longestRetryMs);
        await pause(wait * (1 + Math.random() / 10), signal);
      }
      // A signer may issue what is due again at once.
      await pause(this.times.lookMs, signal);
    }
  }

  /** Resolves when there is something to ask for and no certificate, too old a one, or one of something else. */
  private async untilDue(signal: AbortSignal): Promise<void> {
    const { name, template } = this.options;
    const deadline = this.current && rotationDeadline(this.current);
    if (deadline) log.info({ name, deadline: new Date(deadline).toISOString() }, 'waiting to rotate the certificate');
    while (!signal.aborted) {
      const wanted = template();
      if (wanted && (!deadline || Date.now() >= deadline || this.lacks(wanted))) return;
      await pause(this.times.lookMs, signal);
    }
  }

  private lacks(wanted: RequestTemplate): boolean {
    const lack = this.held && lackOf(this.held, wanted);
    if (lack) log.info({ name: this.options.name, lack }, 'the certificate lacks what is wanted now');
    return lack !== undefined;
  }

  private async rotate(): Promise<boolean> {
    const { name, template, store, failed, rotated } = this.options;
    const wanted = template();
    if (!wanted) return true;
    try {
      const keyPem = await createKey();
      const certificatePem = await this.request(wanted, keyPem);
      store.update({ certificatePem, keyPem });
      const previous = this.held;
      this.held = hold({ certificatePem, keyPem });
      log.info({ name, until: new Date(this.held.notAfter).toISOString() }, 'certificate rotated');
      rotated?.(this.held, previous);
      return true;
    } catch (error) {
      if (this.stopping.signal.aborted) return false;
      failed?.();
      log.warn({ name, error: (error as Error).message }, 'certificate not rotated, trying again');
      return false;
    }
  }

  /** Given up when it takes too long, or when what was asked for is not what is wanted any more. */
  private async request(wanted: RequestTemplate, keyPem: string): Promise<string> {
    const { signerName, usages, client } = this.options;
    const changed = new AbortController();
    const asked = JSON.stringify(wanted);
    const look = setInterval(() => {
      const now = this.options.template();
      if (now && JSON.stringify(now) !== asked) changed.abort();
    }, this.times.lookMs);
    const signal = AbortSignal.any([this.stopping.signal, changed.signal, AbortSignal.timeout(this.times.waitMs)]);
    try {
      const requestPem = await createRequest(wanted, keyPem);
      return await requestCertificate(client(), { requestPem, signerName, usages }, signal);
    } finally {
      clearInterval(look);
    }
  }
}
