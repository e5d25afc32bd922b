/**
 * What the provisioner of node-local volumes and the kubelets tell each other (docs/adr/0012): annotations of the Node,
 * which both may write.
 */
export const nodeLocalProvisioner = 'nestor.dev/node-local';
/** On nodes: where the volumes stand, one directory for each, named as its PersistentVolume. */
export const volumeDirectoryAnnotation = 'volumes.nestor.dev/directory';
/** On nodes that keep nothing, simulated ones: 'none', nothing has to be taken away. */
export const volumeDataAnnotation = 'volumes.nestor.dev/data';

const reclaimPrefix = 'reclaim.volumes.nestor.dev/';

/** On nodes: the volume's directory is to be removed. The kubelet takes the annotation away when that is done. */
export const reclaimAnnotation = (volumeName: string): string => reclaimPrefix + volumeName;

export function volumesToReclaim(annotations: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(annotations ?? {})
    .filter((key) => key.startsWith(reclaimPrefix))
    .map((key) => key.slice(reclaimPrefix.length));
}

/** On volumes: who made them (pkg/controller/volume/persistentvolume). */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by';
