import { ApiObject, DeepReadonly, forbidden, Pod } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, isPodCreate, ObjectReader } from '../../admission-plugin';

/** Classes every cluster has; the rest are PriorityClass objects. */
const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

interface Resolved {
  value: number;
  preemptionPolicy: string;
}

/** Turns priorityClassName into the number the scheduler sorts by (plugin Priority). */
export class PriorityPlugin implements AdmissionPlugin {
  readonly name = 'Priority';
  constructor(private readonly reader: ObjectReader) {}

  handles(request: AdmissionRequest): boolean {
    return isPodCreate(request);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const pod = request.object as Pod;
    if (!pod.spec) return;
    const { value, preemptionPolicy } = await this.resolve(request, pod.spec.priorityClassName);
    if (pod.spec.priority !== undefined && pod.spec.priority !== value) {
      throw refused(
        request,
        `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    pod.spec.priority = value;
    pod.spec.preemptionPolicy ??= preemptionPolicy;
  }

  private async resolve(request: AdmissionRequest, name: string | undefined): Promise<Resolved> {
    if (!name) return { value: 0, preemptionPolicy: 'PreemptLowerPriority' };
    const system = systemClasses[name];
    if (system !== undefined) return { value: system, preemptionPolicy: 'PreemptLowerPriority' };
    const found = await this.classNamed(name);
    if (!found) throw refused(request, `no PriorityClass with name ${name} was found`);
    return {
      value: (found['value'] as number | undefined) ?? 0,
      preemptionPolicy: (found['preemptionPolicy'] as string | undefined) ?? 'PreemptLowerPriority',
    };
  }

  private async classNamed(name: string): Promise<DeepReadonly<ApiObject> | undefined> {
    return this.reader.get('priorityclasses.scheduling.k8s.io', '', name, { fresh: true });
  }
}

const refused = ({ object }: AdmissionRequest, why: string): Error =>
  forbidden({ group: '', resource: 'pods' }, object?.metadata.name ?? '', why);
