import { ApiObject, Container, DeepReadonly, forbidden, Pod, randomSuffix, Volume } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, isPodCreate, ObjectReader } from '../../admission-plugin';

const pods = { group: '', resource: 'pods' };
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** An hour and seven seconds: recognisable, as upstream chose it. */
const tokenExpirationSeconds = 3607;

/** Gives every pod its service account and a projected token for it (plugin ServiceAccount). */
export class ServiceAccountPlugin implements AdmissionPlugin {
  readonly name = 'ServiceAccount';
  constructor(private readonly reader: ObjectReader) {}

  handles(request: AdmissionRequest): boolean {
    return isPodCreate(request);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const pod = request.object as Pod;
    // Mirror pods belong to the kubelet and speak to no API.
    if (pod.metadata.annotations?.[mirrorAnnotation] || !pod.spec) return;
    const spec = pod.spec;
    if (!spec.serviceAccountName) spec.serviceAccountName = 'default';
    spec.serviceAccount = spec.serviceAccountName;
    const account = await this.account(request, spec.serviceAccountName);
    if (wantsToken(pod, account)) mountToken(spec);
    const pullSecrets = account['imagePullSecrets'] as { name?: string }[] | undefined;
    if (!spec.imagePullSecrets?.length && pullSecrets?.length) {
      spec.imagePullSecrets = pullSecrets.map(({ name }) => ({ name }));
    }
  }

  private async account(request: AdmissionRequest, name: string): Promise<DeepReadonly<ApiObject>> {
    const { namespace } = request;
    const found =
      (await this.reader.get('serviceaccounts', namespace, name)) ??
      (await this.reader.get('serviceaccounts', namespace, name, { fresh: true }));
    if (found) return found;
    throw forbidden(
      pods,
      request.object?.metadata.name ?? '',
      `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  }
}

function wantsToken(pod: Pod, account: DeepReadonly<ApiObject>): boolean {
  return (
    pod.spec?.automountServiceAccountToken ?? (account['automountServiceAccountToken'] as boolean | undefined) ?? true
  );
}

function mountToken(spec: NonNullable<Pod['spec']>): void {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const without = containers.filter((container) => !mounts(container));
  if (without.length === 0) return;
  const existing = spec.volumes?.find((volume) => volume.name.startsWith('kube-api-access-'));
  const name = existing?.name ?? `kube-api-access-${randomSuffix()}`;
  if (!existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  }
}

function mounts(container: Container): boolean {
  return container.volumeMounts?.some((mount) => mount.mountPath === mountPath) ?? false;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenExpirationSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 420,
    },
  };
}
