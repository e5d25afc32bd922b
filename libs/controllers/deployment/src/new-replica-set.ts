import { controllerReference, type ReplicaSet } from '@nestor/api';
import { traceparentAnnotation } from '@nestor/telemetry';
import {
  all,
  desired,
  isRolling,
  maxSurge,
  revisionAnnotation,
  revisionHistoryAnnotation,
  revisionOf,
  scaleTo,
  size,
  total,
  type Rollout,
  type Working,
} from './rollout-state';
import { podTemplateHashLabel, templateHash } from './template-hash';

/** Annotations that say something about the Deployment itself and not about what it runs. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
  // The ReplicaSet has a trace link of its own, to its creation.
  traceparentAnnotation,
]);
const maxHistoryLength = 2000;

/** The ReplicaSet of the current template, as it is to be created. */
export function newReplicaSet(rollout: Rollout): Working {
  const { deployment } = rollout;
  const template = structuredClone(deployment.spec!.template) as NonNullable<ReplicaSet['spec']>['template'];
  const hash = templateHash(deployment.spec!.template, deployment.status?.collisionCount);
  const labels = { ...template?.metadata?.labels, [podTemplateHashLabel]: hash };
  const selector = structuredClone(deployment.spec!.selector) as NonNullable<ReplicaSet['spec']>['selector'];
  const next: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: {},
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: deployment.spec!.minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  };
  const created: Working = { next };
  const replicas = newReplicas({ ...rollout, newest: created }, created);
  annotate(rollout, created);
  scaleTo(rollout, created, replicas);
  created.scaledFrom = replicas > 0 ? 0 : undefined;
  return created;
}

/** Brings revision, copied annotations and minReadySeconds of the current ReplicaSet up to date. */
export function annotate({ deployment, old }: Rollout, set: Working): void {
  const annotations = (set.next.metadata.annotations ??= {});
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(key)) annotations[key] = value;
  }
  const newRevision = Math.max(0, ...old.map(({ next }) => revisionOf(next))) + 1;
  const oldRevision = annotations[revisionAnnotation];
  if (revisionOf(set.next) < newRevision) {
    annotations[revisionAnnotation] = String(newRevision);
    if (oldRevision) appendHistory(annotations, oldRevision);
  }
  set.next.spec!.minReadySeconds = deployment.spec!.minReadySeconds;
}

/** A rolled-back-to ReplicaSet keeps the revisions it used to be. */
function appendHistory(annotations: Record<string, string>, revision: string): void {
  const history = annotations[revisionHistoryAnnotation]?.split(',') ?? [];
  if (history.includes(revision)) return;
  history.push(revision);
  while (history.join(',').length > maxHistoryLength) history.shift();
  annotations[revisionHistoryAnnotation] = history.join(',');
}

/** deploymentutil.NewRSNewReplicas: as many as the surge leaves room for. */
export function newReplicas(rollout: Rollout, set: Working): number {
  const { deployment } = rollout;
  if (!isRolling(deployment)) return desired(deployment);
  const room = desired(deployment) + maxSurge(deployment) - total(all(rollout));
  return room <= 0 ? size(set) : size(set) + Math.min(room, desired(deployment) - size(set));
}
