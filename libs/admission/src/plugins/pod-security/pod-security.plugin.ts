import { forbidden, internalError, invalid, type ApiObject, type DeepReadonly, type Pod } from '@nestor/api';
import { metrics } from '@nestor/telemetry';
import { AdmissionPlugin, AdmissionRequest, nameOf, ObjectReader } from '../../admission-plugin';
import type { CheckedPod } from './checks/check';
import { existingPodWarnings } from './existing-pods';
import {
  detailOf,
  isSame,
  isStricter,
  policyOf,
  prefix,
  privilegedPolicy,
  shown,
  violationsOf,
  type LevelVersion,
  type Mode,
  type Policy,
} from './pod-security-policy';
import { isSignificantUpdate } from './significant-update';

/** PodSecurityConfiguration of the admission configuration file. */
export interface PodSecurityOptions {
  defaults: Policy;
  exemptions: {
    usernames: readonly string[];
    namespaces: readonly string[];
    runtimeClasses: readonly string[];
  };
}

export const podSecurityDefaults: PodSecurityOptions = {
  defaults: privilegedPolicy,
  exemptions: { usernames: [], namespaces: [], runtimeClasses: [] },
};

/** Subresources through which no container comes or changes. */
const harmless: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

/** Where the kinds that make pods keep their template. */
const templates: Readonly<Record<string, readonly string[]>> = {
  replicationcontrollers: ['spec', 'template'],
  podtemplates: ['template'],
  'replicasets.apps': ['spec', 'template'],
  'deployments.apps': ['spec', 'template'],
  'statefulsets.apps': ['spec', 'template'],
  'daemonsets.apps': ['spec', 'template'],
  'jobs.batch': ['spec', 'template'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};

const evaluations = metrics.counter(
  'pod_security_evaluations_total',
  'Number of policy evaluations that occurred, not counting ignored or exempt requests.',
  ['decision', 'policy_level', 'policy_version', 'mode', 'request_operation', 'resource', 'subresource'],
);

/** Holds pods against the Pod Security Standards, as far as their namespace asks for it (plugin PodSecurity). */
export class PodSecurityPlugin implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  constructor(
    private readonly reader: ObjectReader,
    private readonly options: PodSecurityOptions = podSecurityDefaults,
  ) {}

  handles({ operation, group, resource, subresource }: AdmissionRequest): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (group === '' && resource === 'pods') return !harmless.has(subresource);
    if (subresource !== '') return false;
    return (group === '' && resource === 'namespaces') || keyOf({ group, resource }) in templates;
  }

  async validate(request: AdmissionRequest): Promise<void> {
    if (request.resource === 'namespaces') await this.validateNamespace(request);
    else await this.validatePods(request);
  }

  private async validateNamespace(request: AdmissionRequest): Promise<void> {
    const { object, old, operation } = request;
    const { defaults, exemptions } = this.options;
    const { policy, errors } = policyOf(object?.metadata.labels, defaults);
    const before = policyOf(old?.metadata.labels, defaults);
    const isNewError = errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(before.errors);
    if (isNewError) throw invalid({ group: '', kind: 'Namespace' }, nameOf(request), errors);
    if (operation === 'CREATE') return;
    const { enforce } = policy;
    const { enforce: enforced } = before.policy;
    if (isSame(enforce, enforced) || enforce.level === 'privileged') return;
    if (enforce.version === enforced.version && !isStricter(enforce.level, enforced.level)) return;
    const name = object?.metadata.name ?? '';
    if (exemptions.namespaces.includes(name)) return;
    const pods = (await this.reader.list('pods', name)) as readonly DeepReadonly<Pod>[];
    const counted = pods.filter(({ spec }) => !this.isExemptClass(spec?.runtimeClassName));
    for (const text of existingPodWarnings(name, enforce, { pods: counted })) request.warn(text);
  }

  private async validatePods(request: AdmissionRequest): Promise<void> {
    const { exemptions, defaults } = this.options;
    const { namespace, user, operation, object, old } = request;
    if (exemptions.namespaces.includes(namespace) || exemptions.usernames.includes(user.name)) return;
    const isPod = request.resource === 'pods';
    const { policy, errors } = policyOf(await this.labelsOf(namespace), defaults);
    const levels = [policy.audit, policy.warn, ...(isPod ? [policy.enforce] : [])];
    if (errors.length === 0 && levels.every(({ level }) => level === 'privileged')) return;
    if (isPod && operation === 'UPDATE' && !isSignificantUpdate(object as Pod, old as DeepReadonly<Pod>)) return;
    const pod = isPod ? (object as unknown as CheckedPod) : templateOf(request);
    if (!pod?.spec || this.isExemptClass(pod.spec.runtimeClassName)) return;
    if (errors.length > 0) {
      request.annotate?.(`${prefix}error`, `Failed to parse policy: ${errors.map(({ detail }) => detail).join(', ')}`);
    }
    this.judge(request, policy, pod, isPod);
  }

  private judge(request: AdmissionRequest, { enforce, audit, warn }: Policy, pod: CheckedPod, isPod: boolean): void {
    const audited = this.evaluate(request, 'audit', audit, pod);
    if (audited) request.annotate?.(`${prefix}audit-violations`, `would violate PodSecurity ${audited}`);
    const refused = isPod ? this.evaluate(request, 'enforce', enforce, pod) : undefined;
    if (refused) {
      const { group, resource } = request;
      throw forbidden({ group, resource }, nameOf(request), `violates PodSecurity ${refused}`);
    }
    if (isPod && enforce.level !== 'privileged') request.annotate?.(`${prefix}enforce-policy`, shown(enforce));
    const warned = this.evaluate(request, 'warn', warn, pod);
    if (warned) request.warn(`would violate PodSecurity ${warned}`);
  }

  /** '"restricted:latest": host namespaces (hostPID=true), ...' */
  private evaluate(
    { operation, resource, subresource }: AdmissionRequest,
    mode: Mode,
    level: LevelVersion,
    pod: CheckedPod,
  ): string | undefined {
    if (level.level === 'privileged') return undefined;
    const violations = violationsOf(level, pod);
    evaluations.inc({
      decision: violations.length > 0 ? 'deny' : 'allow',
      policy_level: level.level,
      policy_version: level.version,
      mode,
      request_operation: operation.toLowerCase(),
      resource: resource === 'pods' ? 'pod' : 'controller',
      subresource,
    });
    return violations.length > 0 ? `${JSON.stringify(shown(level))}: ${detailOf(violations)}` : undefined;
  }

  private async labelsOf(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const found =
      (await this.reader.get('namespaces', '', name)) ??
      (await this.reader.get('namespaces', '', name, { fresh: true }));
    if (!found) throw internalError(`failed to lookup namespace ${JSON.stringify(name)}`);
    return found.metadata.labels;
  }

  private isExemptClass(name: string | undefined): boolean {
    return !!name && this.options.exemptions.runtimeClasses.includes(name);
  }
}

const keyOf = ({ group, resource }: Pick<AdmissionRequest, 'group' | 'resource'>): string =>
  group === '' ? resource : `${resource}.${group}`;

function templateOf(request: AdmissionRequest): CheckedPod | undefined {
  let place: unknown = request.object satisfies ApiObject | undefined;
  for (const part of templates[keyOf(request)] ?? []) place = (place as Record<string, unknown> | undefined)?.[part];
  return place as CheckedPod | undefined;
}
