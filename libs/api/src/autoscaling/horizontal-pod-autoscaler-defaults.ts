import type { HorizontalPodAutoscaler } from '../meta/json-types';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>;

/** What an autoscaler aims for that names no metric. */
export const defaultCpuUtilization = 80;

const scaleUpRules = (): Rules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
});
/** The window is the controller's own where none is given. */
const scaleDownRules = (): Rules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
});

const given = (rules: Rules | undefined): Partial<Rules> =>
  Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null));

/** pkg/apis/autoscaling/v2/defaults.go: one rule given, all the others are, too. */
export function setBehaviorDefaults({ spec }: HorizontalPodAutoscaler): void {
  const behavior = spec?.behavior;
  if (!behavior) return;
  behavior.scaleUp = { ...scaleUpRules(), ...given(behavior.scaleUp) };
  behavior.scaleDown = { ...scaleDownRules(), ...given(behavior.scaleDown) };
}

export function setAutoscalerDefaults(autoscaler: HorizontalPodAutoscaler): void {
  const { spec } = autoscaler;
  if (!spec) return;
  if (!spec.metrics?.length) spec.metrics = [cpuMetric(defaultCpuUtilization)];
  setBehaviorDefaults(autoscaler);
}

export const cpuMetric = (averageUtilization: number): NonNullable<Spec['metrics']>[number] => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
