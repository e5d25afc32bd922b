import { createHash } from 'node:crypto';
import type { ContainerConfig, ContainerState, RuntimeContainer, RuntimeContainerStatus } from '../runtime-types';
import { parseSimProgram, SimStep } from './sim-program';

/** A container that exists only as its state. Its log is kept in CRI format, as a runtime would write it to a file. */
export class SimContainer {
  state: ContainerState = 'CONTAINER_CREATED';
  startedAt = 0;
  finishedAt = 0;
  exitCode = 0;
  reason = '';
  private readonly createdAt = nanoseconds();
  private log: string[] = [];
  private logWaiters: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly id: string,
    readonly podSandboxId: string,
    readonly config: ContainerConfig,
    private readonly changed: () => void,
  ) {}

  start(): void {
    this.state = 'CONTAINER_RUNNING';
    this.startedAt = nanoseconds();
    this.run(parseSimProgram([...(this.config.command ?? []), ...(this.config.args ?? [])]));
  }

  stop(exitCode: number): void {
    if (this.state === 'CONTAINER_RUNNING') this.exit(exitCode);
    else if (this.state === 'CONTAINER_CREATED') this.state = 'CONTAINER_EXITED';
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.wakeLogReaders();
  }

  summary(): RuntimeContainer {
    const { metadata, image, labels, annotations } = this.config;
    return {
      id: this.id,
      podSandboxId: this.podSandboxId,
      metadata,
      image,
      imageRef: simImageId(image),
      state: this.state,
      createdAt: this.createdAt,
      labels,
      annotations,
    };
  }

  status(): RuntimeContainerStatus {
    const { startedAt, finishedAt, exitCode, reason } = this;
    const logPath = this.config.logPath ?? '';
    return { ...this.summary(), startedAt, finishedAt, exitCode, reason, message: '', logPath };
  }

  readLog(): Buffer {
    return Buffer.from(this.log.join(''));
  }

  logChanged(): Promise<void> {
    return new Promise((resolve) => this.logWaiters.push(resolve));
  }

  private run(steps: SimStep[]): void {
    const [step, ...rest] = steps;
    if (!step) return this.exit(0);
    if (step.kind === 'print') {
      this.print(step.text, step.stream);
      return this.run(rest);
    }
    if (step.kind === 'exit') return this.exit(step.code);
    if (step.kind === 'copyStdin' || !Number.isFinite(step.milliseconds)) return;
    this.timer = setTimeout(() => this.run(rest), Math.min(step.milliseconds, 2 ** 31 - 1));
    this.timer.unref();
  }

  private print(text: string, stream: 'stdout' | 'stderr'): void {
    const time = new Date().toISOString().replace('Z', '000000Z');
    for (const line of text.replace(/\n$/, '').split('\n')) this.log.push(`${time} ${stream} F ${line}\n`);
    this.wakeLogReaders();
  }

  private exit(code: number): void {
    clearTimeout(this.timer);
    this.state = 'CONTAINER_EXITED';
    this.exitCode = code;
    this.reason = code === 0 ? 'Completed' : 'Error';
    this.finishedAt = Math.max(nanoseconds(), this.startedAt);
    this.wakeLogReaders();
    this.changed();
  }

  private wakeLogReaders(): void {
    for (const wake of this.logWaiters.splice(0)) wake();
  }
}

export const nanoseconds = (): number => Date.now() * 1e6;

/** Images of the simulated runtime are always there; their id is a function of the name alone. */
const imageIds = new Map<string, string>();

export function simImageId(image: string): string {
  let id = imageIds.get(image);
  if (!id) {
    id = `sha256:${createHash('sha256').update(image).digest('hex')}`;
    imageIds.set(image, id);
  }
  return id;
}
