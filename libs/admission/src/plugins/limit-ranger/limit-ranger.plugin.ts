import { forbidden, type DeepReadonly, type LimitRange, type PersistentVolumeClaim, type Pod } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, nameOf, ObjectReader } from '../../admission-plugin';
import { claimProblems, podProblems, setDefaults } from './limit-pods';

/** Pods and claims stay within the limits of their namespace (plugin LimitRanger). */
export class LimitRangerPlugin implements AdmissionPlugin {
  readonly name = 'LimitRanger';
  constructor(private readonly reader: ObjectReader) {}

  handles({ operation, group, resource, subresource, object }: AdmissionRequest): boolean {
    if (group !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    // What goes away is nobody's business any more; the containers of a pod change by a resize alone.
    if (operation === 'UPDATE' && object?.metadata.deletionTimestamp) return false;
    if (resource === 'pods') return subresource === (operation === 'CREATE' ? '' : 'resize');
    return resource === 'persistentvolumeclaims' && subresource === '';
  }

  async admit(request: AdmissionRequest): Promise<void> {
    if (request.resource !== 'pods') return;
    for (const range of await this.ranges(request)) setDefaults(request.object as Pod, range);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const { group, resource, object } = request;
    for (const range of await this.ranges(request)) {
      const problems =
        resource === 'pods' ? podProblems(object as Pod, range) : claimProblems(object as PersistentVolumeClaim, range);
      if (problems.length > 0) throw forbidden({ group, resource }, nameOf(request), aggregate(problems));
    }
  }

  private async ranges({ namespace }: AdmissionRequest): Promise<readonly DeepReadonly<LimitRange>[]> {
    return await this.reader.list('limitranges', namespace);
  }
}

/** utilerrors.Aggregate: each text once. */
function aggregate(texts: readonly string[]): string {
  const once = [...new Set(texts)];
  return once.length === 1 ? (once[0] ?? '') : `[${once.join(', ')}]`;
}
