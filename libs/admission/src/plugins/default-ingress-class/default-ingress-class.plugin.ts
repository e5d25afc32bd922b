import { newestDefaultIngressClass, type Ingress } from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../admission-plugin';

const classAnnotation = 'kubernetes.io/ingress.class';

/** Ingresses that name no class get the default one; of several the newest (plugin DefaultIngressClass). */
export class DefaultIngressClassPlugin implements AdmissionPlugin {
  readonly name = 'DefaultIngressClass';
  constructor(private readonly reader: ObjectReader) {}

  handles({ operation, group, resource, subresource }: AdmissionRequest): boolean {
    return operation === 'CREATE' && group === 'networking.k8s.io' && resource === 'ingresses' && subresource === '';
  }

  async admit({ object }: AdmissionRequest): Promise<void> {
    const { metadata, spec } = object as Ingress;
    if (!spec || spec.ingressClassName !== undefined || metadata.annotations?.[classAnnotation] !== undefined) return;
    const classes = await this.reader.list('ingressclasses.networking.k8s.io');
    const newest = newestDefaultIngressClass(classes);
    if (newest) spec.ingressClassName = newest.metadata.name;
  }
}
