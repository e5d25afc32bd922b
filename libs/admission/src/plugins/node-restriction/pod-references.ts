import { podReferences, type DeepReadonly, type Pod } from '@nestor/api';

type Volume = NonNullable<NonNullable<DeepReadonly<Pod>['spec']>['volumes']>[number];
type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

/** What of a source makes its volume need the API, in the order in which upstream looks. */
const byVolume: readonly [keyof Volume, string][] = [
  ['configMap', 'configmaps (via configmap volumes)'],
  ['secret', 'secrets (via secret volumes)'],
  ['csi', 'csidrivers (via CSI volumes)'],
  ['glusterfs', 'endpoints (via glusterFS volumes)'],
  ['persistentVolumeClaim', 'persistentvolumeclaims'],
  ['ephemeral', 'persistentvolumeclaims (via ephemeral volumes)'],
  ['azureFile', 'secrets (via azureFile volumes)'],
];
const bySource: readonly [keyof Source, string][] = [
  ['configMap', 'configmaps (via projected volumes)'],
  ['secret', 'secrets (via projected volumes)'],
  ['serviceAccountToken', 'serviceaccounts (via projected volumes)'],
  ['clusterTrustBundle', 'clustertrustbundles'],
  ['podCertificate', 'podcertificates'],
];

/** The first kind of API object that a pod needs and that a static pod may not ("secrets"); undefined if none. */
export function apiObjectReference(pod: DeepReadonly<Pod>): string | undefined {
  const { spec } = pod;
  if (spec?.serviceAccountName) return 'serviceaccounts';
  const { secrets, configmaps } = podReferences(pod);
  if (secrets.length > 0) return 'secrets';
  if (configmaps.length > 0) return 'configmaps';
  if (spec?.resourceClaims?.length) return 'resourceclaims';
  for (const volume of spec?.volumes ?? []) {
    const found = first(volume, byVolume) ?? firstOf(volume.projected?.sources ?? []);
    if (found !== undefined) return found;
  }
  return undefined;
}

const first = <T extends object>(from: T, table: readonly [keyof T, string][]): string | undefined =>
  table.find(([field]) => from[field] !== undefined)?.[1];

function firstOf(sources: readonly Source[]): string | undefined {
  for (const source of sources) {
    const found = first(source, bySource);
    if (found !== undefined) return found;
  }
  return undefined;
}
