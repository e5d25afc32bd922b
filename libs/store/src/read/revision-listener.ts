import type { Client } from 'pg';
import { lookupSettings, type ConnectionLimits } from '../connection/client-settings';
import { PrimaryClient } from '../connection/primary-client';
import type { Revision } from '../truth-store';

export interface RevisionListenerOptions {
  url: string;
  limits: ConnectionLimits;
  /** How often the revision is read without having been told. */
  tickMs: number;
  /** The fallback while the LISTEN connection is broken. */
  currentRevision(): Promise<Revision>;
  heard(revision: Revision): void;
  /** Whether a notification comes from this replica's own commit, whose answer says the same a moment later. */
  isOwn(processId: number): boolean;
}

/**
 * Learns of other replicas' commits. NOTIFY makes it fast, the tick makes it certain: every tick reads the revision on
 * the listening connection itself, which also shows whether that connection still lives.
 */
export class RevisionListener {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: RevisionListenerOptions) {}

  async start(): Promise<void> {
    await this.tick();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private async tick(): Promise<void> {
    try {
      this.options.heard(await this.readRevision());
    } catch {
      // Postgres is away. Writers and readers say so; the next tick tries again.
      this.dropClient();
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.tick(), this.options.tickMs);
    this.timer.unref();
  }

  private async readRevision(): Promise<Revision> {
    try {
      const client = (this.client ??= await this.connect());
      const { rows } = await client.query<{ value: string }>('SELECT value FROM current_revision');
      return Number(rows[0]?.value);
    } catch {
      // Without LISTEN the tick alone carries on, over the pool.
      this.dropClient();
      return this.options.currentRevision();
    }
  }

  private async connect(): Promise<Client> {
    const client = new PrimaryClient(lookupSettings(this.options.url, 'listener', this.options.limits));
    client.on('error', () => {
      if (this.client === client) this.dropClient();
    });
    client.on('notification', (message) => {
      // Heard before the answer to the commit, it would have the change log read for what is known already.
      if (this.options.isOwn(message.processId)) return;
      const revision = Number(message.payload);
      if (Number.isSafeInteger(revision)) this.options.heard(revision);
    });
    try {
      await client.connect();
      await client.query('LISTEN nestor_revision');
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  private dropClient(): void {
    const client = this.client;
    this.client = undefined;
    client?.connection?.stream.destroy();
    client?.end().catch(() => undefined);
  }
}
