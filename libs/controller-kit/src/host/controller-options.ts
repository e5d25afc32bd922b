export interface ControllerKitOptions {
  /** '*' all, 'x' only those named, '-x' without. As kube-controller-manager's --controllers. */
  controllers?: readonly string[];
  leaderElection?: LeaderElectionSettings;
}

export interface LeaderElectionSettings {
  /** Name of the Lease. */
  name: string;
  namespace: string;
  leaseDurationMs?: number;
  renewDeadlineMs?: number;
  retryPeriodMs?: number;
}

export const CONTROLLER_KIT_OPTIONS = Symbol('nestor.ControllerKitOptions');

/** kube-controller-manager's IsControllerEnabled: the last word on a name wins over '*', which leaves out what is off by default. */
export function isEnabled(name: string, controllers: readonly string[] = ['*'], onByDefault = true): boolean {
  if (controllers.includes(name)) return true;
  if (controllers.includes(`-${name}`)) return false;
  return onByDefault && controllers.includes('*');
}
