/**
 * Why a plugin refuses a pod or a node. Codes as kube-scheduler's framework: 'unschedulable' may be cured by
 * preempting pods, 'unresolvable' may not, 'error' is a fault of the plugin and makes the attempt fail.
 */
export interface Rejection {
  readonly code: 'unschedulable' | 'unresolvable' | 'error';
  readonly plugin: string;
  /** Worded as kube-scheduler's, they are counted in the FailedScheduling message. */
  readonly reasons: readonly string[];
}

export function rejection(plugin: string, code: Rejection['code'], ...reasons: string[]): Rejection {
  return { code, plugin, reasons };
}
