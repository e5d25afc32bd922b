/** Why a pod's volumes are not there yet: the event's reason and message, as the kubelet writes them. */
export class VolumeError extends Error {
  constructor(
    readonly reason: 'FailedMount' | 'FailedAttachVolume' | 'FailedMapVolume',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Somebody else has to do their part first: nothing is wrong unless it takes too long. */
export class VolumePending extends VolumeError {
  constructor(
    volumeName: string,
    readonly why: string,
  ) {
    super(
      'FailedMount',
      `Unable to attach or mount volumes: unmounted volumes=[${volumeName}], unattached volumes=[${volumeName}], failed to process volumes=[]: context deadline exceeded`,
    );
  }
}

export const setUpFailed = (volumeName: string, error: unknown): VolumeError =>
  new VolumeError(
    'FailedMount',
    `MountVolume.SetUp failed for volume "${volumeName}" : ${(error as Error).message}`,
    error,
  );

/** What kubelet's WaitForAttachAndMount says of volumes whose claims cannot be used. */
export function notProcessed(failed: ReadonlyMap<string, Error>): VolumeError {
  const names = [...failed.keys()].sort().join(' ');
  const causes = [...failed.values()].map(({ message }) => message).join('; ');
  return new VolumeError(
    'FailedMount',
    `Unable to attach or mount volumes: unmounted volumes=[${names}], unattached volumes=[], failed to process volumes=[${names}]: ${causes}`,
  );
}
