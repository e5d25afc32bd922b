/** A number of replicas that was recommended, before any limit. */
export interface Recommendation {
  replicas: number;
  at: number;
}
/** A change that was made, always counted upwards from zero. */
export interface ScaleEvent {
  change: number;
  at: number;
}

/** What stabilization and rates look back on. Of one autoscaler, in this process: a new leader starts with none. */
export interface ScalingHistory {
  recommendations: Recommendation[];
  scaleUps: ScaleEvent[];
  scaleDowns: ScaleEvent[];
}

export const newHistory = (currentReplicas: number, now: number): ScalingHistory => ({
  recommendations: [{ replicas: currentReplicas, at: now }],
  scaleUps: [],
  scaleDowns: [],
});

/** The largest windows that validation allows: what is older is never looked at. */
const longestMs = 3600_000;

export function forgetOld(history: ScalingHistory, now: number): void {
  const isRecent = ({ at }: { at: number }): boolean => at > now - longestMs;
  history.recommendations = history.recommendations.filter(isRecent);
  history.scaleUps = history.scaleUps.filter(isRecent);
  history.scaleDowns = history.scaleDowns.filter(isRecent);
}

export function recordScale(history: ScalingHistory, from: number, to: number, now: number): void {
  if (to > from) history.scaleUps.push({ change: to - from, at: now });
  if (to < from) history.scaleDowns.push({ change: from - to, at: now });
}
