import type { DeepReadonly, Pod } from '@nestor/api';

type Volume = NonNullable<NonNullable<DeepReadonly<Pod>['spec']>['volumes']>[number];
type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** The first kind of API object that a pod refers to and that a static pod may not ("secrets"); undefined if none. */
export function forbiddenReference(pod: DeepReadonly<Pod>): string | undefined {
  const { spec } = pod;
  const volumes = spec?.volumes ?? [];
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []) as readonly Source[];
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const env = containers.flatMap((one) => [
    ...(one.envFrom ?? []).map(({ secretRef, configMapRef }) => ({ secret: secretRef, configMap: configMapRef })),
    ...(one.env ?? []).map(({ valueFrom }) => ({
      secret: valueFrom?.secretKeyRef,
      configMap: valueFrom?.configMapKeyRef,
    })),
  ]);
  if (spec?.serviceAccountName) return 'a service account';
  const hasSecrets =
    !!spec?.imagePullSecrets?.length ||
    [...volumes, ...sources, ...env].some(({ secret }) => secret !== undefined) ||
    volumes.some(({ csi }) => csi?.nodePublishSecretRef !== undefined);
  if (hasSecrets) return 'secrets';
  if ([...volumes, ...sources, ...env].some(({ configMap }) => configMap !== undefined)) return 'configmaps';
  if (sources.some(({ clusterTrustBundle }) => clusterTrustBundle !== undefined)) return 'clustertrustbundles';
  if (volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)) return 'persistentvolumeclaims';
  return undefined;
}
