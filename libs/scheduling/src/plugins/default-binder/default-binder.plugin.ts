import type { BindPlugin } from '../../framework/plugin';
import type { CycleState } from '../../framework/cycle-state';
import type { PodInfo } from '../../cache/pod-info';

/** Posts the Binding; the narrow part of the API client this plugin needs. */
export type PostBinding = (pod: PodInfo, node: string, signal?: AbortSignal) => Promise<void>;

/** Binds through the API server's pods/binding subresource. */
export class DefaultBinder implements BindPlugin {
  static readonly pluginName = 'DefaultBinder';
  readonly name = DefaultBinder.pluginName;

  constructor(private readonly postBinding: PostBinding) {}

  async bind(_state: CycleState, pod: PodInfo, node: string, signal?: AbortSignal): Promise<'bound'> {
    await this.postBinding(pod, node, signal);
    return 'bound';
  }
}
