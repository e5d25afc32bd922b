import { Inject, Injectable, Optional } from '@nestjs/common';
import {
  parseLabelSelector,
  semanticEqual,
  type DeepReadonly,
  type HorizontalPodAutoscaler,
  type LabelMatcher,
  type Pod,
  type Scale,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import {
  EventRecorder,
  InformerFactory,
  keyOf,
  KubernetesClient,
  objectKey,
  refs,
  ScaleClient,
  type DiscoveredResource,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileContext,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import {
  defaultOptions,
  HORIZONTAL_POD_AUTOSCALER_OPTIONS,
  type HorizontalPodAutoscalerOptions,
} from './autoscaler.options';
import { normalize } from './calculation/normalize';
import type { ObservedPod } from './calculation/pod-groups';
import { forgetOld, newHistory, recordScale, type ScalingHistory } from './calculation/scaling-history';
import { tolerancesOf } from './calculation/tolerances';
import { combineMetrics, type Combined, type Outcome } from './combine-metrics';
import { Conditions, type AutoscalerStatus } from './conditions';
import { evaluateMetric, MetricFailure, type MetricStatus } from './evaluate-metric';
import { MetricsClient } from './metrics/metrics-client';
import { SelectorRegistry } from './selector-registry';

type Autoscaler = DeepReadonly<HorizontalPodAutoscaler>;

/** One look at one autoscaler. */
interface Look {
  autoscaler: Autoscaler;
  conditions: Conditions;
  now: number;
  resource: DiscoveredResource;
  scale: Scale;
  current: number;
  history: ScalingHistory;
}

interface Decision {
  /** Absent where it is not known. */
  desired?: number;
  rescale: boolean;
  reason: string;
  statuses: MetricStatus[];
}

/** Sets the scale of what autoscalers point to, by what is measured (pkg/controller/podautoscaler). */
@Reconciler({ name: 'horizontal-pod-autoscaler-controller' })
@Injectable()
export class HorizontalPodAutoscalerReconciler implements ReconcilesObjects {
  private readonly options: Required<HorizontalPodAutoscalerOptions>;
  private readonly autoscalers: Informer<HorizontalPodAutoscaler>;
  private readonly pods: Informer<Pod>;
  private readonly client: ResourceClient<HorizontalPodAutoscaler>;
  private readonly scales: ScaleClient;
  private readonly metrics: MetricsClient;
  private readonly recorder: EventRecorder;
  private histories = new Map<string, ScalingHistory>();
  private selectors = new SelectorRegistry();

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Optional() @Inject(HORIZONTAL_POD_AUTOSCALER_OPTIONS) options?: HorizontalPodAutoscalerOptions,
  ) {
    this.options = { ...defaultOptions, ...options };
    this.autoscalers = informers.informer(refs.horizontalPodAutoscalers);
    this.pods = informers.informer(refs.pods);
    this.client = client.resource(refs.horizontalPodAutoscalers);
    this.scales = new ScaleClient(client);
    this.metrics = new MetricsClient(client);
    this.recorder = recorder.as('horizontal-pod-autoscaler');
  }

  /** An autoscaler is looked at when it is made or asked for something else, then once a period: never for its own status. */
  setup({ on, enqueue }: ReconcilerWiring): void {
    this.histories = new Map();
    this.selectors = new SelectorRegistry();
    on(refs.horizontalPodAutoscalers, {
      added: (autoscaler) => enqueue(objectKey(autoscaler)),
      updated: (autoscaler, old) => {
        if (!semanticEqual(autoscaler.spec, old.spec)) enqueue(objectKey(autoscaler));
      },
      deleted: (autoscaler) => enqueue(objectKey(autoscaler)),
    });
  }

  async reconcile({ namespace, name }: ObjectKey, { log }: ReconcileContext): Promise<ReconcileResult> {
    const autoscaler = this.autoscalers.lister.get(namespace, name);
    if (!autoscaler) {
      this.histories.delete(keyOf(namespace, name));
      this.selectors.delete(namespace, name);
      return;
    }
    try {
      await this.autoscale(autoscaler);
    } catch (error) {
      // The next look is as good a time as any: metrics do not come sooner for being asked for more often.
      log.info({ object: keyOf(namespace, name), error: String(error) }, 'not autoscaled');
    }
    return { requeueAfter: this.options.syncPeriodMs };
  }

  private async autoscale(autoscaler: Autoscaler): Promise<void> {
    const now = Date.now();
    const conditions = new Conditions(autoscaler.status?.conditions ?? [], rfc3339(now));
    const found = await this.findScale(autoscaler, conditions);
    if (!found) {
      await this.writeStatus(autoscaler, { ...statusOf(autoscaler), conditions: conditions.all() });
      return;
    }
    conditions.set(
      'AbleToScale',
      true,
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    const current = found.scale.spec?.replicas ?? 0;
    const key = objectKey(autoscaler);
    const history = this.histories.get(key) ?? newHistory(current, now);
    this.histories.set(key, history);
    forgetOld(history, now);
    const look: Look = { autoscaler, conditions, now, current, history, ...found };
    const decision = await this.decide(look);
    const isScaled = decision.rescale && (await this.rescale(look, decision.desired ?? current, decision.reason));
    const desired = decision.rescale && !isScaled ? undefined : decision.desired;
    await this.writeStatus(autoscaler, this.nextStatus(look, { ...decision, desired, rescale: isScaled }));
  }

  private async findScale(
    autoscaler: Autoscaler,
    conditions: Conditions,
  ): Promise<{ resource: DiscoveredResource; scale: Scale } | undefined> {
    const { metadata, spec } = autoscaler;
    const { kind = '', name = '', apiVersion = '' } = spec?.scaleTargetRef ?? {};
    try {
      const parts = apiVersion.split('/');
      if (parts.length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
      let first: unknown;
      for (const resource of await this.scales.resourcesOf(parts.length === 2 ? (parts[0] ?? '') : '', kind)) {
        try {
          return { resource, scale: await this.scales.get(resource, metadata.namespace ?? '', name) };
        } catch (error) {
          first ??= error;
        }
      }
      throw first;
    } catch (error) {
      const text = messageOf(error);
      this.recorder.event(autoscaler, 'Warning', 'FailedGetScale', text);
      const message = `the HPA controller was unable to get the target's current scale: ${text}`;
      conditions.set('AbleToScale', false, 'FailedGetScale', message);
      return undefined;
    }
  }

  private async decide(look: Look): Promise<Decision> {
    const { autoscaler, conditions, current } = look;
    const { maxReplicas = 1, minReplicas } = autoscaler.spec ?? {};
    const min = minReplicas ?? 1;
    if (current === 0 && min !== 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      conditions.set('ScalingActive', false, 'ScalingDisabled', message);
      return { desired: 0, rescale: false, reason: '', statuses: [] };
    }
    if (current > maxReplicas) {
      const reason = 'Current number of replicas above Spec.MaxReplicas';
      return { desired: maxReplicas, rescale: true, reason, statuses: [] };
    }
    if (current < min) {
      const reason = 'Current number of replicas below Spec.MinReplicas';
      return { desired: min, rescale: true, reason, statuses: [] };
    }
    return this.decideByMetrics(look, { min, max: maxReplicas });
  }

  private async decideByMetrics(look: Look, { min, max }: { min: number; max: number }): Promise<Decision> {
    const { autoscaler, conditions, current, history, now } = look;
    const combined = await this.computeReplicas(look);
    const { replicas: recommended, statuses } = combined;
    if (combined.error !== undefined && recommended === undefined) {
      this.recorder.event(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', combined.error);
      return { rescale: false, reason: '', statuses };
    }
    const proposed = Math.max(0, recommended ?? 0);
    const limits = { current, desired: proposed, min, max };
    const { downscaleStabilizationMs } = this.options;
    const { behavior } = autoscaler.spec ?? {};
    const normalized = normalize(limits, behavior, history, { now, downscaleStabilizationMs });
    const { ableToScale, scalingLimited, limited } = normalized;
    conditions.set('AbleToScale', true, ableToScale.reason, ableToScale.message);
    conditions.set('ScalingLimited', limited, scalingLimited.reason, scalingLimited.message);
    const reason = proposed > current ? `${combined.name} above target` : 'All metrics below target';
    return {
      desired: normalized.replicas,
      rescale: normalized.replicas !== current,
      reason: proposed === current ? '' : reason,
      statuses,
    };
  }

  private async computeReplicas(look: Look): Promise<Combined> {
    const { autoscaler, conditions, scale, current, now } = look;
    const matcher = this.podSelector(look);
    if (typeof matcher === 'string') return { name: '', statuses: [], error: matcher };
    const { namespace = '' } = autoscaler.metadata;
    const situation = {
      namespace,
      selector: matcher.toString(),
      currentReplicas: current,
      statusReplicas: scale.status?.replicas ?? 0,
      pods: this.podsOf(namespace, matcher),
      tolerances: tolerancesOf(autoscaler, this.options.tolerance),
      startUp: { now, ...this.options },
    };
    const outcomes = await Promise.all(
      (autoscaler.spec?.metrics ?? []).map((metric) =>
        evaluateMetric(this.metrics, metric, situation).catch((error: unknown): Outcome => {
          if (error instanceof MetricFailure) return error;
          throw error;
        }),
      ),
    );
    for (const one of outcomes) {
      if (one instanceof MetricFailure) this.recorder.event(autoscaler, 'Warning', one.reason, one.inner);
    }
    const combined = combineMetrics(outcomes, current);
    const { failure } = combined;
    if (combined.replicas !== undefined) {
      const message = `the HPA was able to successfully calculate a replica count from ${combined.name}`;
      conditions.set('ScalingActive', true, 'ValidMetricFound', message);
    } else if (failure) {
      const message = `the HPA was unable to compute the replica count: ${failure.inner}`;
      conditions.set('ScalingActive', false, failure.reason, message);
    }
    return combined;
  }

  /** The target's selector; a text is why it cannot be used. */
  private podSelector({ autoscaler, conditions, scale }: Look): LabelMatcher | string {
    const { namespace = '', name = '' } = autoscaler.metadata;
    const selector = scale.status?.selector ?? '';
    const refuse = (event: string, condition: string, text: string, message = text): string => {
      this.recorder.event(autoscaler, 'Warning', event, text);
      conditions.set('ScalingActive', false, condition, message);
      return text;
    };
    if (selector === '') {
      const message = "the HPA target's scale is missing a selector";
      return refuse('SelectorRequired', 'InvalidSelector', 'selector is required', message);
    }
    let matcher: LabelMatcher;
    try {
      matcher = parseLabelSelector(selector);
    } catch (error) {
      const why = `couldn't convert selector into a corresponding internal selector object: ${messageOf(error)}`;
      return refuse('InvalidSelector', 'InvalidSelector', why);
    }
    this.selectors.set(namespace, name, matcher);
    const rivals = this.selectors.selecting(namespace, this.podsOf(namespace, matcher));
    if (rivals.length <= 1) return matcher;
    const names = rivals.map((rival) => `{${rival} ${namespace}}`).join(' ');
    const why = `pods by selector ${selector} are controlled by multiple HPAs: [${names}]`;
    return refuse('AmbiguousSelector', 'AmbiguousSelector', why);
  }

  private podsOf(namespace: string, matcher: LabelMatcher): ObservedPod[] {
    return this.pods.lister.list(namespace).filter(({ metadata }) => matcher.matches(metadata.labels));
  }

  private async rescale(look: Look, desired: number, reason: string): Promise<boolean> {
    const { autoscaler, conditions, scale, resource, current, history, now } = look;
    try {
      await this.scales.update(resource, { ...scale, spec: { ...scale.spec, replicas: desired } });
    } catch (error) {
      const text = messageOf(error);
      const event = `New size: ${desired}; reason: ${reason}; error: ${text}`;
      this.recorder.event(autoscaler, 'Warning', 'FailedRescale', event);
      const message = `the HPA controller was unable to update the target scale: ${text}`;
      conditions.set('AbleToScale', false, 'FailedUpdateScale', message);
      return false;
    }
    const message = `the HPA controller was able to update the target scale to ${desired}`;
    conditions.set('AbleToScale', true, 'SucceededRescale', message);
    this.recorder.event(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${desired}; reason: ${reason}`);
    recordScale(history, current, desired, now);
    return true;
  }

  private nextStatus(look: Look, { desired, rescale, statuses }: Decision): AutoscalerStatus {
    const { autoscaler, conditions, current, now } = look;
    const before = statusOf(autoscaler);
    return {
      ...before,
      ...(rescale ? { lastScaleTime: rfc3339(now) } : {}),
      currentReplicas: current,
      desiredReplicas: desired === undefined ? before.desiredReplicas : desired,
      currentMetrics: statuses,
      conditions: conditions.all(),
    };
  }

  private async writeStatus(autoscaler: Autoscaler, status: AutoscalerStatus): Promise<void> {
    if (semanticEqual(autoscaler.status, status)) return;
    try {
      await this.client.updateStatus({ ...(autoscaler as HorizontalPodAutoscaler), status });
    } catch (error) {
      this.recorder.event(autoscaler, 'Warning', 'FailedUpdateStatus', messageOf(error));
      throw error;
    }
  }
}

const statusOf = ({ status }: Autoscaler): AutoscalerStatus => ({
  desiredReplicas: 0,
  ...(status as AutoscalerStatus | undefined),
});
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
