import type { PodInfo } from '../cache/pod-info';
import { lateRefusalMessage } from '../cycle/fit-error';
import type { CycleState } from '../framework/cycle-state';
import type { PreBindPlugin } from '../framework/plugin';
import type { Profile } from '../framework/profile';
import type { Rejection } from '../framework/rejection';

/** A plugin refused the node after it had been chosen. */
export class BindingRefused extends Error {
  constructor(readonly rejection: Rejection) {
    super(lateRefusalMessage(rejection));
  }
}

export interface Placement {
  readonly profile: Profile;
  readonly state: CycleState;
  readonly pod: PodInfo;
  readonly node: string;
  /** Settled when the outside has been told where the pod is expected to go, if it is told. */
  expected?: Promise<void>;
}

/** Takes what the pod needs of plugins; whatever fails, all of them are told to give back. */
export function reserveAll({ profile, state, pod, node }: Placement): void {
  for (const plugin of profile.reserve) refuse(plugin.reserve(state, pod, node), 'Reserve', plugin.name);
}

export function unreserveAll({ profile, state, pod, node }: Placement): void {
  for (let at = profile.reserve.length - 1; at >= 0; at--) profile.reserve[at]?.unreserve(state, pod, node);
}

/** Waits until every permit plugin lets the pod go. */
export async function permitAll({ profile, state, pod, node }: Placement, signal: AbortSignal): Promise<void> {
  for (const plugin of profile.permit)
    await during('Permit', plugin.name, async () =>
      refuse(await plugin.permit(state, pod, node, signal), 'Permit', plugin.name),
    );
}

/** The plugins that have something to do before the pod is bound. */
export function toPreBind({ profile, state, pod, node }: Placement): readonly PreBindPlugin[] {
  return profile.preBind.filter((plugin) => plugin.preBindPreFlight?.(state, pod, node) !== 'skip');
}

export async function preBindAll(
  plugins: readonly PreBindPlugin[],
  { state, pod, node }: Placement,
  signal: AbortSignal,
): Promise<void> {
  for (const plugin of plugins)
    await during('PreBind', plugin.name, async () =>
      refuse(await plugin.preBind(state, pod, node, signal), 'PreBind', plugin.name),
    );
}

export async function bindPod({ profile, state, pod, node }: Placement, signal: AbortSignal): Promise<void> {
  for (const plugin of profile.bind) {
    const outcome = await during('Bind', plugin.name, () => plugin.bind(state, pod, node, signal));
    if (outcome === 'bound') return;
  }
  throw new Error(`no bind plugin of profile ${profile.schedulerName} took the pod`);
}

function refuse(refused: Rejection | undefined, point: string, plugin: string): void {
  if (!refused) return;
  if (refused.code === 'error') throw new Error(`running ${point} plugin "${plugin}": ${refused.reasons.join(', ')}`);
  throw new BindingRefused(refused);
}

/** Says in kube-scheduler's words whose fault an error is. */
async function during<T>(point: string, plugin: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BindingRefused || isWorded(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`running ${point} plugin "${plugin}": ${message}`, { cause: error });
  }
}

function isWorded(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('running ');
}
