import type { HorizontalPodAutoscaler } from '@nestor/api';

export type AutoscalerStatus = NonNullable<HorizontalPodAutoscaler['status']>;
export type AutoscalerCondition = NonNullable<AutoscalerStatus['conditions']>[number];
type Type = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';

/** The conditions of one look at an autoscaler. A condition's time moves only when its status does. */
export class Conditions {
  constructor(
    private list: readonly AutoscalerCondition[],
    private readonly now: string,
  ) {}

  set(type: Type, isTrue: boolean, reason: string, message: string): void {
    const status = isTrue ? 'True' : 'False';
    const before = this.list.find((one) => one.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : this.now;
    const next = { type, status, reason, message, lastTransitionTime };
    this.list = before ? this.list.map((one) => (one === before ? next : one)) : [...this.list, next];
  }

  all(): AutoscalerCondition[] {
    return [...this.list];
  }
}
