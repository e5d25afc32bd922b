import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where a cluster keeps what. */
export class ClusterPaths {
  readonly data: string;

  constructor(data: string) {
    this.data = resolve(data);
  }

  get pki(): string {
    return join(this.data, 'pki');
  }

  /** Which objects are encrypted in Postgres, and the keys. */
  get encryption(): string {
    return join(this.pki, 'encryption.yaml');
  }

  /** Who may be anonymous, and which issuers of tokens are trusted. */
  get authentication(): string {
    return join(this.pki, 'authentication.yaml');
  }

  get kubeconfig(): string {
    return join(this.data, 'kubeconfig');
  }

  get postgres(): string {
    return join(this.data, 'postgres');
  }

  get run(): string {
    return join(this.data, 'run');
  }

  get state(): string {
    return join(this.run, 'processes.json');
  }

  get containerd(): string {
    return join(this.data, 'containerd');
  }

  get cniConfig(): string {
    return join(this.data, 'cni', 'net.d');
  }

  /** A socket's path may have 107 bytes, so what has sockets lives under a short name made from the long one. */
  get runtimeState(): string {
    return `/run/nestor-${createHash('sha256').update(this.data).digest('hex').slice(0, 12)}`;
  }

  get containerdSocket(): string {
    return join(this.runtimeState, 'containerd.sock');
  }

  log(component: string): string {
    return join(this.data, 'logs', `${component}.log`);
  }

  traces(component?: string): string {
    return component ? join(this.data, 'traces', `${component}.jsonl`) : join(this.data, 'traces');
  }

  inRun(name: string): string {
    return join(this.run, name);
  }

  create(): void {
    for (const folder of [this.data, this.run, join(this.data, 'logs'), this.traces()]) {
      mkdirSync(folder, { recursive: true });
    }
  }
}
