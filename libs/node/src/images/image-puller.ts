import type { Container, DeepReadonly, ObjectReference, Pod } from '@nestor/api';
import type { ContainerRuntime } from '@nestor/cri';
import { Backoff } from '../pod/restart-backoff';

export type ImageEvents = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Why an image is not there, with the reason that the container's status shows. */
export class ImageError extends Error {
  constructor(
    readonly reason:
      'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'ImageInspectError' | 'InvalidImageName',
    message: string,
    /** When the next try is due. */
    readonly retryAfterMs: number,
  ) {
    super(message);
  }
}

/** Brings images in as the pull policy says, with back-off per image and one pull of an image at a time. */
export class ImagePuller {
  private readonly backoffs = new Map<string, { backoff: Backoff; failedAt: number; message: string }>();
  private readonly pulls = new Map<string, Promise<string>>();

  constructor(private readonly runtime: ContainerRuntime) {}

  async ensure(container: DeepReadonly<Container>, events: ImageEvents): Promise<void> {
    const image = withTag(container.image ?? '');
    const policy = container.imagePullPolicy ?? (image.endsWith(':latest') ? 'Always' : 'IfNotPresent');
    const present = await this.isPresent(image);
    if (present && policy !== 'Always') {
      events('Normal', 'Pulled', `Container image "${container.image}" already present on machine`);
      return;
    }
    if (policy === 'Never') {
      const message = `Container image "${container.image}" is not present with pull policy of Never`;
      events('Warning', 'ErrImageNeverPull', message);
      throw new ImageError('ErrImageNeverPull', message, 10_000);
    }
    await this.pull(container.image ?? '', image, events);
  }

  private async isPresent(image: string): Promise<boolean> {
    try {
      return (await this.runtime.imageStatus(image)) !== undefined;
    } catch (error) {
      const message = `Failed to inspect image "${image}": ${(error as Error).message}`;
      throw new ImageError('ImageInspectError', message, 5000);
    }
  }

  private async pull(name: string, image: string, events: ImageEvents): Promise<void> {
    const known = this.backoffs.get(image);
    const remaining = known?.backoff.remaining(known.failedAt, Date.now()) ?? 0;
    if (known && remaining > 0) {
      events('Normal', 'BackOff', `Back-off pulling image "${name}"`);
      const message = `Back-off pulling image "${name}": ErrImagePull: ${known.message}`;
      throw new ImageError('ImagePullBackOff', message, remaining);
    }
    events('Normal', 'Pulling', `Pulling image "${name}"`);
    const startedAt = Date.now();
    try {
      await this.sharedPull(image);
    } catch (error) {
      throw this.failed(name, image, events, error as Error);
    }
    this.backoffs.delete(image);
    const took = `${((Date.now() - startedAt) / 1000).toFixed(3)}s`;
    events('Normal', 'Pulled', `Successfully pulled image "${name}" in ${took} (${took} including waiting)`);
  }

  private failed(name: string, image: string, events: ImageEvents, error: Error): ImageError {
    const entry = this.backoffs.get(image) ?? { backoff: new Backoff(), failedAt: 0, message: '' };
    const now = Date.now();
    entry.backoff.next(now, now);
    entry.failedAt = now;
    entry.message = error.message;
    this.backoffs.set(image, entry);
    events('Warning', 'Failed', `Failed to pull image "${name}": ${error.message}`);
    events('Warning', 'Failed', 'Error: ErrImagePull');
    return new ImageError('ErrImagePull', error.message, entry.backoff.delay);
  }

  private sharedPull(image: string): Promise<string> {
    let pull = this.pulls.get(image);
    if (!pull) {
      pull = this.runtime.pullImage(image).finally(() => this.pulls.delete(image));
      this.pulls.set(image, pull);
    }
    return pull;
  }
}

/** An image without a tag or digest means :latest. */
export function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

/** The event's field path of a container. */
export function containerFieldPath(pod: DeepReadonly<Pod>, name: string): ObjectReference['fieldPath'] {
  const isInit = pod.spec?.initContainers?.some((container) => container.name === name);
  return `spec.${isInit ? 'initContainers' : 'containers'}{${name}}`;
}
