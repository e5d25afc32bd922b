import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatGoDuration,
  isConflict,
  isNotFound,
  type Container,
  type DeepReadonly,
  type Pod,
  type PodStatus,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { createLogger, traceparentAnnotation, withSpan } from '@nestor/telemetry';
import type { PodFacts } from '../environment/field-ref';
import { containerFieldPath, ImageError } from '../images/image-puller';
import { podDns } from '../network/dns-config';
import { ContainerProbes } from '../probes/container-probes';
import { killContainer, killPod, removePod } from './kill-container';
import { planPod, type ContainerToKill, type PodPlan } from './pod-plan';
import type { PodServices } from './pod-services';
import { generatePodStatus, type WaitingReason } from './pod-status';
import { Backoff } from './restart-backoff';
import {
  emptyRuntimePod,
  latestContainer,
  readySandbox,
  restartCountOf,
  RuntimePodReader,
  type RuntimePod,
  type RuntimePodContainer,
} from './runtime-pod';
import { podLogDirectory, sandboxConfig } from './sandbox-config';
import { StartError, startContainer, terminationMessageFile } from './start-container';
import { VolumeError, VolumePending } from '../volumes/volume-error';

const log = createLogger('pod-worker');
const retryMs = 5000;
/** Between looks at volumes that others have to attach. */
const pendingMs = 1000;
/** kubelet's podAttachAndMountTimeout: from then on it is worth an event. */
const attachPatienceMs = 123_000;
/** A plan leads to the next one; a pod with many containers needs a few rounds, a fault must not spin. */
const maxRounds = 20;

/**
 * The state machine of one pod. Every turn reads what the runtime has, compares with what the pod wants and does the
 * difference, so it can be killed at any point and go on in another process. One turn runs at a time; what happens
 * meanwhile asks for another.
 */
export class PodWorker {
  private view: RuntimePod = emptyRuntimePod;
  private readonly reader: RuntimePodReader;
  private readonly probes = new Map<string, ContainerProbes>();
  private readonly waiting = new Map<string, WaitingReason>();
  private readonly backoffs = new Map<string, Backoff>();
  private turn: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private admitted = false;
  private prepared = false;
  private volumesAwaitedSince: number | undefined;
  private finished = false;
  private closed = false;
  private removed = false;
  private readonly ending = new AbortController();

  constructor(
    private pod: DeepReadonly<Pod>,
    private readonly services: PodServices,
    private readonly gone: (uid: string) => void,
  ) {
    this.reader = new RuntimePodReader(services.runtime, this.uid);
  }

  get uid(): string {
    return this.pod.metadata.uid ?? '';
  }

  get current(): DeepReadonly<Pod> {
    return this.pod;
  }

  get runtimePod(): RuntimePod {
    return this.view;
  }

  update(pod: DeepReadonly<Pod>): void {
    const before = this.pod;
    this.pod = pod;
    if (pod.metadata.deletionTimestamp) this.ending.abort();
    if (before === pod || changesWork(before, pod)) this.wake();
  }

  /** The object is gone from the API: what runs of it ends, and nothing is left to report. */
  remove(): void {
    this.removed = true;
    this.ending.abort();
    this.wake();
  }

  /** Ends the worker and leaves the pod running. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.stopProbes();
    await this.turn;
  }

  wake(): void {
    if (this.closed) return;
    if (this.turn) {
      this.again = true;
      return;
    }
    this.turn = this.run().finally(() => {
      this.turn = undefined;
      if (this.again) {
        this.again = false;
        this.wake();
      }
    });
  }

  /** Writes config maps, secrets and tokens that have changed into the volumes of a running pod. */
  async refreshVolumes(): Promise<void> {
    if (!this.prepared || this.finished || this.closed || this.ending.signal.aborted) return;
    try {
      await this.services.volumes.refresh({ pod: this.pod, objects: this.services.objects, facts: this.facts() });
    } catch (error) {
      log.warn({ object: this.name, error: String(error) }, 'volumes not refreshed');
    }
  }

  private get name(): string {
    return `${this.pod.metadata.namespace}/${this.pod.metadata.name}`;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.sync();
    } catch (error) {
      log.warn({ object: this.name, error: (error as Error).message }, 'pod not synced, trying again');
      this.wakeIn(retryMs);
    }
  }

  private wakeIn(milliseconds: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), milliseconds).unref();
  }

  private async sync(): Promise<void> {
    this.view = await this.reader.read();
    if (this.ending.signal.aborted || this.pod.metadata.deletionTimestamp) return this.terminate();
    if (this.finished) return;
    if (isTerminal(this.pod.status?.phase)) return this.finish();
    if (!this.admit()) return;
    const parent = this.prepared ? undefined : this.pod.metadata.annotations?.[traceparentAnnotation];
    if (!parent) return this.bringAbout();
    await withSpan('kubelet sync pod', { parent, attributes: { object: this.name } }, () => this.bringAbout());
  }

  private admit(): boolean {
    const isNew = this.view.sandboxes.length === 0 && !this.admitted;
    this.admitted = true;
    const rejection = isNew ? this.services.admit(this.pod) : undefined;
    if (!rejection) return true;
    const message = `Pod was rejected: ${rejection.message}`;
    this.services.events.event(this.pod, 'Warning', rejection.reason, rejection.message);
    const status = {
      ...this.status(),
      phase: 'Failed',
      reason: rejection.reason,
      message,
      containerStatuses: undefined,
    };
    this.services.status.set(this.pod, status);
    this.finished = true;
    return false;
  }

  private async bringAbout(): Promise<void> {
    this.syncProbes();
    if (!this.prepared) {
      // A simulated pod is running a moment later: the status in between would only cost a write.
      if (this.services.host) this.publish();
      if (!(await this.prepareVolumes())) return;
    }
    for (let round = 0; round < maxRounds; round++) {
      const plan = this.plan();
      if (isEmpty(plan)) break;
      const progress = await this.execute(plan);
      this.view = await this.reader.read();
      this.syncProbes();
      if (!progress) break;
      if (this.ending.signal.aborted) return this.wake();
    }
    const status = this.publish();
    if (isTerminal(status.phase)) return this.finish();
    await this.collectGarbage();
  }

  private plan(): PodPlan {
    const failedProbes = new Map<string, 'liveness' | 'startup'>();
    for (const [id, probes] of this.probes) if (probes.failed) failedProbes.set(id, probes.failed);
    return planPod({
      pod: this.pod,
      view: this.view,
      failedProbes,
      isStarted: (container) => this.isStarted(container),
    });
  }

  private async prepareVolumes(): Promise<boolean> {
    try {
      await this.services.volumes.prepare({ pod: this.pod, objects: this.services.objects, facts: this.facts() });
      this.prepared = true;
      return true;
    } catch (error) {
      this.publish();
      this.volumesFailed(error as Error);
      return false;
    }
  }

  private volumesFailed(error: Error): void {
    this.volumesAwaitedSince ??= Date.now();
    if (error instanceof VolumePending && Date.now() - this.volumesAwaitedSince < attachPatienceMs) {
      log.debug({ object: this.name, why: error.why }, 'waiting for volumes');
      return this.wakeIn(pendingMs);
    }
    const reason = error instanceof VolumeError ? error.reason : 'FailedMount';
    this.services.events.event(this.pod, 'Warning', reason, error.message);
    this.wakeIn(retryMs);
  }

  /** Does what the plan says. False when something has to wait. */
  private async execute(plan: PodPlan): Promise<boolean> {
    if (plan.killPod && this.view.containers.some(isRunning)) {
      await killPod(this.pod, this.view, this.graceSeconds(), this.services);
    }
    if (plan.createSandbox !== undefined) return this.createSandbox(plan.createSandbox);
    for (const kill of plan.kill) await this.kill(kill);
    let progress = plan.kill.length > 0;
    for (const container of plan.start) {
      if (this.ending.signal.aborted) return false;
      if (await this.start(container)) progress = true;
    }
    return progress;
  }

  private async createSandbox(attempt: number): Promise<boolean> {
    const { services, pod } = this;
    if (attempt > 0) {
      services.events.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
      for (const { id } of this.view.sandboxes) await services.runtime.stopPodSandbox(id);
    }
    try {
      const config = sandboxConfig(pod, {
        nodeName: services.nodeName,
        attempt,
        logsDirectory: services.logsDirectory,
        cgroupParent: services.host?.cgroups.create(pod),
        dns: services.host && podDns(pod, services.clusterDns, services.host.dns),
      });
      await withSpan('cri RunPodSandbox', { attributes: { object: this.name } }, () =>
        services.runtime.runPodSandbox(config),
      );
      return true;
    } catch (error) {
      const message = `Failed to create pod sandbox: ${(error as Error).message}`;
      services.events.event(pod, 'Warning', 'FailedCreatePodSandBox', message);
      this.wakeIn(retryMs);
      return false;
    }
  }

  private async kill({ container, message, reason }: ContainerToKill): Promise<void> {
    const { name } = container.metadata;
    const spec = this.containers().find((candidate) => candidate.name === name);
    const ofProbe = reason === 'liveness' ? spec?.livenessProbe : reason === 'startup' ? spec?.startupProbe : undefined;
    const graceSeconds = ofProbe?.terminationGracePeriodSeconds ?? this.graceSeconds();
    const podIP = this.facts().podIPs[0] ?? '';
    await killContainer(this.pod, container, { graceSeconds, message, podIP }, this.services);
  }

  private async start(container: DeepReadonly<Container>): Promise<boolean> {
    const sandbox = readySandbox(this.view);
    const last = latestContainer(this.view, container.name);
    if (!sandbox || this.isBackingOff(container, last)) return false;
    // Created but never started by a kubelet that died in between.
    if (last?.state === 'CONTAINER_CREATED') await this.services.runtime.removeContainer(last.id);
    try {
      const request = { pod: this.pod, container, sandbox, view: this.view, facts: this.facts() };
      const started = withSpan(
        'cri start container',
        { attributes: { object: this.name, container: container.name } },
        () => startContainer(request, this.services),
      );
      // A pull may take minutes; a pod that is deleted meanwhile does not wait for it.
      await Promise.race([started, this.aborted()]);
      this.waiting.delete(container.name);
      return true;
    } catch (error) {
      this.noteStartFailure(container.name, error as Error);
      return false;
    }
  }

  private noteStartFailure(name: string, error: Error): void {
    if (error instanceof ImageError) {
      this.waiting.set(name, { reason: error.reason, message: error.message });
      this.wakeIn(Math.max(error.retryAfterMs, 1000));
    } else if (error instanceof StartError) {
      this.waiting.set(name, { reason: error.reason, message: error.message });
      this.wakeIn(retryMs);
    } else throw error;
  }

  private isBackingOff({ name }: DeepReadonly<Container>, last: RuntimePodContainer | undefined): boolean {
    if (last?.state !== 'CONTAINER_EXITED') return false;
    const backoff = this.backoffs.get(name) ?? new Backoff();
    this.backoffs.set(name, backoff);
    const failedAt = last.finishedAt / 1e6;
    const remaining = backoff.remaining(failedAt, Date.now());
    if (remaining === 0) {
      backoff.next(failedAt, Date.now());
      return false;
    }
    const { name: podName, namespace } = this.pod.metadata;
    const where = `${podName}_${namespace}(${this.uid})`;
    const isNews = this.waiting.get(name)?.reason !== 'CrashLoopBackOff';
    this.waiting.set(name, {
      reason: 'CrashLoopBackOff',
      message: `back-off ${formatGoDuration(backoff.delay)} restarting failed container=${name} pod=${where}`,
    });
    if (isNews) {
      const message = `Back-off restarting failed container ${name} in pod ${where}`;
      this.services.events.event(this.pod, 'Warning', 'BackOff', message, containerFieldPath(this.pod, name));
    }
    this.wakeIn(remaining);
    return true;
  }

  private aborted(): Promise<void> {
    const { signal } = this.ending;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  private containers(): DeepReadonly<Container>[] {
    return [...(this.pod.spec?.initContainers ?? []), ...(this.pod.spec?.containers ?? [])];
  }

  private graceSeconds(): number {
    return this.pod.metadata.deletionGracePeriodSeconds ?? this.pod.spec?.terminationGracePeriodSeconds ?? 30;
  }

  private facts(): PodFacts {
    const { nodeName, hostIPs } = this.services;
    const podIPs = this.pod.spec?.hostNetwork ? hostIPs : (readySandbox(this.view)?.ips ?? []);
    return { nodeName, hostIPs, podIPs, allocatable: this.services.allocatable() };
  }

  private isStarted(container: RuntimePodContainer): boolean {
    return this.probes.get(container.id)?.started ?? false;
  }

  /** Probes follow containers: begun for each that runs, ended with it. */
  private syncProbes(): void {
    const running = new Map(this.view.containers.filter(isRunning).map((container) => [container.id, container]));
    for (const [id, probes] of this.probes) {
      if (running.has(id)) continue;
      probes.stop();
      this.probes.delete(id);
    }
    for (const container of running.values()) if (!this.probes.has(container.id)) this.beginProbes(container);
  }

  private beginProbes(container: RuntimePodContainer): void {
    const spec = this.containers().find(({ name }) => name === container.metadata.name);
    if (!spec) return;
    const before = [...(this.pod.status?.initContainerStatuses ?? []), ...(this.pod.status?.containerStatuses ?? [])];
    const known = before.find(({ containerID }) => containerID === `${this.services.runtimeName}://${container.id}`);
    const path = containerFieldPath(this.pod, spec.name);
    const probes = new ContainerProbes(spec, {
      target: { container: spec, containerId: container.id, podIP: this.facts().podIPs[0] ?? '127.0.0.1' },
      startedAt: container.startedAt / 1e6,
      runner: this.services.probes,
      wasReady: known?.ready ?? false,
      wasStarted: known?.started ?? false,
      changed: () => this.wake(),
      unhealthy: (message) => this.services.events.event(this.pod, 'Warning', 'Unhealthy', message, path),
    });
    this.probes.set(container.id, probes);
  }

  private stopProbes(): void {
    for (const probes of this.probes.values()) probes.stop();
    this.probes.clear();
  }

  private status(): PodStatus {
    return generatePodStatus({
      pod: this.pod,
      view: this.view,
      hostIPs: this.services.hostIPs,
      runtimeName: this.services.runtimeName,
      waiting: this.waiting,
      isStarted: (container) => this.isStarted(container),
      isReady: (container) => this.probes.get(container.id)?.ready ?? false,
      terminationMessage: (container) => this.terminationMessage(container),
      now: new Date(),
    });
  }

  private publish(): PodStatus {
    const status = this.status();
    this.services.status.set(this.pod, status);
    return status;
  }

  private terminationMessage(container: RuntimePodContainer): string {
    if (!this.services.host) return '';
    const directory = join(this.services.host.podsDirectory, this.uid);
    const file = terminationMessageFile(directory, container.metadata.name, restartCountOf(container));
    return existsSync(file) ? readFileSync(file, 'utf8').slice(0, 4096) : '';
  }

  /** The pod's work is done. Its containers stay for their logs until the object is deleted. */
  private async finish(): Promise<void> {
    this.finished = true;
    this.stopProbes();
    await killPod(this.pod, this.view, this.graceSeconds(), this.services);
    this.services.host?.cgroups.remove(this.pod);
  }

  private async terminate(): Promise<void> {
    this.stopProbes();
    // Containers get a second even when the object is gone already.
    await killPod(this.pod, this.view, Math.max(1, this.graceSeconds()), this.services);
    this.view = await this.reader.read();
    // Somebody with a finalizer still wants to see how it ended.
    if (!this.removed && this.pod.metadata.finalizers?.length) this.publishEnd();
    await removePod(this.view, this.services);
    await this.services.volumes.remove(this.uid);
    if (this.services.host) {
      this.services.host.cgroups.remove(this.pod);
      rmSync(podLogDirectory(this.services.logsDirectory, this.pod), { recursive: true, force: true });
    }
    this.services.objects.forgetPod(this.uid);
    if (!this.removed) {
      await this.services.status.flushed(this.uid);
      await this.deleteObject();
    }
    this.services.status.forget(this.uid);
    this.closed = true;
    this.gone(this.uid);
  }

  private publishEnd(): void {
    const status = this.status();
    const codes = status.containerStatuses?.map(({ state }) => state?.terminated?.exitCode) ?? [];
    if (!isTerminal(status.phase)) status.phase = codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
    const unready = (status.conditions ?? []).filter(({ type }) => type === 'Ready' || type === 'ContainersReady');
    for (const condition of unready) {
      if (condition.status !== 'False') condition.lastTransitionTime = rfc3339();
      condition.status = 'False';
      condition.reason ??= status.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed';
    }
    this.services.status.set(this.pod, status);
  }

  private async deleteObject(): Promise<void> {
    const { name = '', namespace } = this.pod.metadata;
    try {
      await this.services.pods.delete(name, namespace, { uid: this.uid, gracePeriodSeconds: 0 });
    } catch (error) {
      // Gone, or another pod of that name: either way this one is deleted.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  /** Of each container one dead attempt stays, for its logs and its last state; sandboxes go with their containers. */
  private async collectGarbage(): Promise<void> {
    const { runtime } = this.services;
    const kept = new Set<string>();
    const left = new Set<string>();
    for (const [at, container] of this.view.containers.entries()) {
      const { name } = container.metadata;
      const isLatest = this.view.containers.findIndex(({ metadata }) => metadata.name === name) === at;
      const keep = isLatest || container.state !== 'CONTAINER_EXITED' || !kept.has(name);
      if (!isLatest) kept.add(name);
      if (keep) left.add(container.podSandboxId);
      else await runtime.removeContainer(container.id);
    }
    for (const { id, state } of this.view.sandboxes.slice(1)) {
      if (state === 'SANDBOX_NOTREADY' && !left.has(id)) await runtime.removePodSandbox(id);
    }
  }
}

/** Most updates are the echo of our own status; those ask for nothing. */
function changesWork(before: DeepReadonly<Pod>, now: DeepReadonly<Pod>): boolean {
  const [a, b] = [before.metadata, now.metadata];
  return (
    a.generation !== b.generation ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    a.deletionGracePeriodSeconds !== b.deletionGracePeriodSeconds ||
    isTerminal(now.status?.phase) !== isTerminal(before.status?.phase) ||
    (now.spec?.readinessGates?.length ?? 0) > 0 ||
    now.spec?.containers.some(({ image }, at) => image !== before.spec?.containers[at]?.image) === true
  );
}

const isTerminal = (phase: string | undefined): boolean => phase === 'Failed' || phase === 'Succeeded';
const isRunning = ({ state }: RuntimePodContainer): boolean => state === 'CONTAINER_RUNNING';
const isEmpty = (plan: PodPlan): boolean =>
  plan.createSandbox === undefined && plan.start.length === 0 && plan.kill.length === 0 && !plan.killPod;
