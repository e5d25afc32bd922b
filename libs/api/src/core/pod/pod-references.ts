import type { DeepReadonly, Pod } from '../../meta/json-types';
import { knownClaimNames } from '../../resource/pod-claims';

type Spec = NonNullable<DeepReadonly<Pod>['spec']>;
type Volume = NonNullable<Spec['volumes']>[number];
type Container = Pick<Spec['containers'][number], 'env' | 'envFrom'>;
type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** The objects of a pod's namespace that it refers to by name, by resource. */
export interface PodReferences {
  readonly secrets: readonly string[];
  readonly configmaps: readonly string[];
  readonly serviceaccounts: readonly string[];
  readonly persistentvolumeclaims: readonly string[];
  readonly resourceclaims: readonly string[];
}

/** All that a node needs to run the pod (upstream: VisitPodSecretNames, VisitPodConfigmapNames, Graph.AddPod). */
export function podReferences(pod: DeepReadonly<Pod>): PodReferences {
  const { spec } = pod;
  const volumes = spec?.volumes ?? [];
  const sources: readonly Source[] = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const containers: readonly Container[] = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  return {
    secrets: named([
      ...(spec?.imagePullSecrets ?? []).map(({ name }) => name),
      ...containers.flatMap(secretsOfContainer),
      ...volumes.map(secretOfVolume),
      ...sources.map(({ secret }) => secret?.name),
    ]),
    configmaps: named([
      ...containers.flatMap(configMapsOfContainer),
      ...[...volumes, ...sources].map(({ configMap }) => configMap?.name),
    ]),
    serviceaccounts: named([spec?.serviceAccountName]),
    persistentvolumeclaims: named(volumes.map((volume) => claimOfVolume(pod, volume))),
    resourceclaims: named(knownClaimNames(pod)),
  };
}

const named = (names: readonly (string | undefined)[]): string[] => [
  ...new Set(names.filter((name): name is string => !!name)),
];

const secretsOfContainer = ({ env, envFrom }: Container): (string | undefined)[] => [
  ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
  ...(env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
];

const configMapsOfContainer = ({ env, envFrom }: Container): (string | undefined)[] => [
  ...(envFrom ?? []).map(({ configMapRef }) => configMapRef?.name),
  ...(env ?? []).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
];

/** A volume has one source, and that at most one secret. */
function secretOfVolume(volume: Volume): string | undefined {
  const { secret, azureFile, csi, cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
  const withReference = cephfs ?? cinder ?? flexVolume ?? iscsi ?? rbd ?? scaleIO ?? storageos;
  return (
    secret?.secretName ?? azureFile?.secretName ?? csi?.nodePublishSecretRef?.name ?? withReference?.secretRef?.name
  );
}

/** The claim of an ephemeral volume has the pod's name and the volume's. */
function claimOfVolume(pod: DeepReadonly<Pod>, { name, persistentVolumeClaim, ephemeral }: Volume): string | undefined {
  return persistentVolumeClaim?.claimName ?? (ephemeral ? `${pod.metadata.name}-${name}` : undefined);
}
