import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type {
  FilterPlugin,
  PreBindPlugin,
  PreFilterOutcome,
  PreFilterPlugin,
  PreScorePlugin,
  ReservePlugin,
  ScorePlugin,
} from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import type { SchedulerHandle } from '../../framework/scheduler-handle';
import { BindProgress } from './bind-progress';
import { VolumeWrites, untilBound, writeReserved } from './bind-volumes';
import { NodeVolumes, VolumeSearch } from './node-volumes';
import { claimRefusal, podClaims } from './pod-claims';
import { ReservedVolumes, releaseVolumes, reserveVolumes } from './reserved-volumes';
import { volumeBindingEvents } from './volume-binding-events';
import { countCacheRequest, countStageError, countingErrors } from './volume-metrics';

export interface VolumeBindingSettings {
  readonly bindTimeoutSeconds?: number;
}

export type VolumeBindingHandle = Pick<SchedulerHandle, 'cluster' | 'storage' | 'happened'>;

const name = 'VolumeBinding';
const skip = { skip: true } as const;
const unbound = rejection(name, 'unresolvable', 'pod has unbound immediate PersistentVolumeClaims');

/** One for the whole cycle, also where changes are tried on copies of the state. */
interface Searched {
  readonly search: VolumeSearch;
  readonly byNode: Map<string, NodeVolumes>;
  reserved?: ReservedVolumes;
}

/**
 * Takes a pod where its bound volumes can be used and where volumes for its other claims are or can be made; then binds
 * these before the pod is bound.
 */
export class VolumeBinding
  implements PreFilterPlugin, FilterPlugin, PreScorePlugin, ScorePlugin, ReservePlugin, PreBindPlugin
{
  static readonly pluginName = name;
  readonly name = name;
  readonly events = volumeBindingEvents;

  constructor(
    private readonly settings: VolumeBindingSettings,
    private readonly writes: VolumeWrites,
    private readonly handle: VolumeBindingHandle,
  ) {}

  preFilter(state: CycleState, pod: PodInfo): PreFilterOutcome {
    if (!pod.storage || pod.storage.claims.length === 0) return skip;
    const { storage } = this.handle;
    const refused = claimRefusal(pod, storage);
    if (refused !== undefined) return { rejected: rejection(name, 'unresolvable', refused) };
    const claims = podClaims(pod, storage);
    if (claims.immediate.length > 0) return { rejected: unbound };
    state.write<Searched>(name, { search: new VolumeSearch(claims, storage), byNode: new Map() });
    return undefined;
  }

  filter(state: CycleState, _pod: PodInfo, { name: nodeName, node }: NodeInfo): Rejection | undefined {
    const { search, byNode } = state.read<Searched>(name);
    const found = countingErrors('predicate', () => search.on(node));
    if (!('matches' in found)) return rejection(name, 'unresolvable', ...found);
    byNode.set(nodeName, found);
    return undefined;
  }

  filterAll(state: CycleState, pod: PodInfo, nodes: FeasibleNodes): void {
    nodes.filterEach((node) => this.filter(state, pod, node));
  }

  /** Storage capacity counts for scores only with StorageCapacityScoring, which is off in this release. */
  preScore(): boolean {
    return false;
  }

  score(): number {
    return 0;
  }

  reserve(state: CycleState, _pod: PodInfo, node: string): Rejection | undefined {
    const searched = state.peek<Searched>(name);
    const found = searched?.byNode.get(node);
    if (!searched || !found || found.matches.length + found.provisions.length === 0) return undefined;
    try {
      countCacheRequest('assume');
      const { storage } = this.handle;
      searched.reserved = countingErrors('assume', () => reserveVolumes(found, node, storage));
      return undefined;
    } catch (error) {
      return rejection(name, 'error', (error as Error).message);
    }
  }

  unreserve(state: CycleState): void {
    const searched = state.peek<Searched>(name);
    if (!searched?.reserved) return;
    countCacheRequest('restore');
    const freed = releaseVolumes(searched.reserved, this.handle.storage);
    searched.reserved = undefined;
    // The API shows no change, and yet there is something for those that wait.
    for (const before of freed) {
      const object = this.handle.storage.volumes.get(before.metadata.name ?? '');
      if (object) this.handle.happened({ kind: 'PersistentVolume/Update', object, before });
    }
  }

  preBindPreFlight(state: CycleState): 'skip' | undefined {
    return state.peek<Searched>(name)?.reserved ? undefined : 'skip';
  }

  async preBind(state: CycleState, _pod: PodInfo, node: string, signal: AbortSignal): Promise<Rejection | undefined> {
    const { reserved } = state.read<Searched>(name);
    if (!reserved) return undefined;
    const { cluster, storage } = this.handle;
    const timeoutMs = (this.settings.bindTimeoutSeconds ?? 600) * 1000;
    try {
      await writeReserved(reserved, this.writes);
    } catch (error) {
      return failed(error);
    }
    try {
      const progress = new BindProgress(node, cluster, storage);
      await untilBound({ reserved, progress, storage, timeoutMs, signal });
      return undefined;
    } catch (error) {
      return failed(error, 'binding volumes: ');
    }
  }
}

/** As a refusal and not thrown: a claim that is not found must not look like a pod that is gone. */
function failed(error: unknown, during = ''): Rejection {
  countStageError('bind');
  return rejection(name, 'error', `${during}${error instanceof Error ? error.message : String(error)}`);
}
