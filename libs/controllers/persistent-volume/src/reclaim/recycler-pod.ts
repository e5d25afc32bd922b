import { quantityValue, type Pod } from '@nestor/api';
import type { ObservedVolume } from '../binder/match-volume';

export const recyclerNamespace = 'default';
export const recyclerPodName = (volumeName: string): string => `recycler-for-${volumeName}`;

const image = 'registry.k8s.io/build-image/debian-base:bookworm-v1.0.4';
const minimumSeconds = { hostPath: 60, nfs: 300 };
const secondsPerGibibyte = 30;

/** The pod that empties a volume; undefined for volumes that cannot be emptied so (NewPersistentVolumeRecyclerPodTemplate). */
export function recyclerPod({ metadata, spec }: ObservedVolume): Pod | undefined {
  const { hostPath, nfs } = spec ?? {};
  if (!hostPath && !nfs) return undefined;
  const gibibytes = Math.floor(quantityValue(spec?.capacity?.['storage'] ?? '0') / 2 ** 30);
  const minimum = hostPath ? minimumSeconds.hostPath : minimumSeconds.nfs;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: recyclerPodName(metadata.name ?? ''), namespace: recyclerNamespace },
    spec: {
      activeDeadlineSeconds: Math.max(minimum, gibibytes * secondsPerGibibyte),
      restartPolicy: 'Never',
      volumes: [{ name: 'vol', ...(hostPath ? { hostPath: { path: hostPath.path } } : { nfs: { ...nfs! } }) }],
      containers: [
        {
          name: 'pv-recycler',
          image,
          command: ['/bin/sh'],
          args: ['-c', 'test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1'],
          volumeMounts: [{ name: 'vol', mountPath: '/scrub' }],
        },
      ],
    },
  };
}
