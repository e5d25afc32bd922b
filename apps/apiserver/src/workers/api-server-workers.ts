import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import { BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { createLogger } from '@nestor/telemetry';
import { ApiServerConfig } from '../apiserver.config';

const log = createLogger('workers');
/** Between the death of a worker and the start of the next, so that one that cannot live does not take a core. */
const restartMs = 1000;

/**
 * API servers on one port, each a process with a watch cache of its own: replicas that happen to share a machine. The
 * kernel's connections are handed out among them in turn.
 */
@Injectable()
export class ApiServerWorkers implements BeforeApplicationShutdown {
  private readonly workers = new Set<Worker>();
  private stopping = false;

  constructor(@Inject(ApiServerConfig) private readonly config: ApiServerConfig) {}

  /** Resolves when all of them serve. */
  async start(): Promise<void> {
    // What holds for one process is said again at the end, where it wins.
    const args = [...process.argv.slice(2), '--workers=1', '--observability-port=0'];
    cluster.setupPrimary({ args });
    await Promise.all(Array.from({ length: this.config.workers }, () => this.serving(this.fork())));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    const ends = [...this.workers].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const { process: child } of this.workers) child.kill('SIGTERM');
    await Promise.all(ends);
  }

  private fork(): Worker {
    const worker = cluster.fork();
    this.workers.add(worker);
    log.info({ worker: worker.process.pid }, 'worker started');
    worker.once('exit', (code, signal) => {
      this.workers.delete(worker);
      if (!this.stopping) void this.replace(worker, signal ?? code);
    });
    return worker;
  }

  private async replace(worker: Worker, end: string | number): Promise<void> {
    log.error({ worker: worker.process.pid, end }, 'worker ended, starting another');
    await pause(restartMs);
    if (!this.stopping) this.fork();
  }

  private serving(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.once('listening', () => resolve());
      worker.once('exit', () => reject(new Error('a worker ended before it served')));
    });
  }
}
