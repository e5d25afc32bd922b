import { aggregateMessage, field, fieldErrorMessage, forbidden, type DeepReadonly, type Pod } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, nameOf } from '../../admission-plugin';

const always = 'Always';

/** One place of a pod that names an image, and when that is pulled. */
interface ImageUse {
  readonly image: string | undefined;
  readonly policy: string | undefined;
  /** Of the policy. */
  readonly path: string;
}

/**
 * Images are pulled for each pod, so that an image which is on a node already is for those alone who have the credentials
 * for it (plugin AlwaysPullImages).
 */
export class AlwaysPullImagesPlugin implements AdmissionPlugin {
  readonly name = 'AlwaysPullImages';
  readonly onByDefault = false;

  handles({ operation, group, resource, subresource, object, old }: AdmissionRequest): boolean {
    if (group !== '' || resource !== 'pods' || subresource !== '') return false;
    if (operation === 'CREATE') return true;
    // Pods that were made before the plugin was on may still be labelled.
    return operation === 'UPDATE' && bringsImages(object as Pod, old as DeepReadonly<Pod>);
  }

  admit({ object }: AdmissionRequest): void {
    const { spec } = object as Pod;
    for (const list of [spec?.initContainers, spec?.containers, spec?.ephemeralContainers]) {
      for (const container of list ?? []) container.imagePullPolicy = always;
    }
    for (const { image } of spec?.volumes ?? []) if (image) image.pullPolicy = always;
  }

  validate(request: AdmissionRequest): void {
    const problems = imagesOf(request.object as Pod)
      .filter(({ policy }) => policy !== always)
      .map(({ policy, path }) => fieldErrorMessage(field.notSupported(path, policy ?? '', [always])));
    if (problems.length === 0) return;
    const { group, resource } = request;
    throw forbidden({ group, resource }, nameOf(request), aggregateMessage(problems));
  }
}

function bringsImages(pod: Pod, old: DeepReadonly<Pod>): boolean {
  const known = new Set(imagesOf(old).map(({ image }) => image));
  return imagesOf(pod).some(({ image }) => !known.has(image));
}

function imagesOf({ spec }: DeepReadonly<Pod>): ImageUse[] {
  const lists = {
    initContainers: spec?.initContainers,
    containers: spec?.containers,
    ephemeralContainers: spec?.ephemeralContainers,
  };
  const containers = Object.entries(lists).flatMap(([list, all = []]) =>
    all.map(({ image, imagePullPolicy: policy }, at) => ({
      image,
      policy,
      path: `spec.${list}[${at}].imagePullPolicy`,
    })),
  );
  const volumes = (spec?.volumes ?? []).flatMap(({ image }, at) =>
    image ? [{ image: image.reference, policy: image.pullPolicy, path: `spec.volumes[${at}].image.pullPolicy` }] : [],
  );
  return [...containers, ...volumes];
}
