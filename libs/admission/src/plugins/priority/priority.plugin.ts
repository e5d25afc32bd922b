import { DeepReadonly, forbidden, Pod, PriorityClass, systemPriorityClasses } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, isPodCreate, ObjectReader } from '../../admission-plugin';

const classes = 'priorityclasses.scheduling.k8s.io';

interface Resolved {
  value: number;
  preemptionPolicy: string;
}

/** Turns priorityClassName into the number the scheduler sorts by (plugin Priority). */
export class PriorityPlugin implements AdmissionPlugin {
  readonly name = 'Priority';
  constructor(private readonly reader: ObjectReader) {}

  handles(request: AdmissionRequest): boolean {
    return isPodCreate(request) || request.resource === 'priorityclasses';
  }

  async admit(request: AdmissionRequest): Promise<void> {
    if (!isPodCreate(request)) return;
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

  /** Only one class may be what pods get that name none. */
  async validate(request: AdmissionRequest): Promise<void> {
    const { object, resource } = request;
    if (resource !== 'priorityclasses' || !object || !(object as PriorityClass).globalDefault) return;
    const other = await this.globalDefault();
    if (!other || other.metadata.name === object.metadata.name) return;
    throw forbidden(
      { group: 'scheduling.k8s.io', resource: 'priorityclasses' },
      object.metadata.name ?? '',
      `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    );
  }

  private async resolve(request: AdmissionRequest, name: string | undefined): Promise<Resolved> {
    if (!name) return resolved(await this.globalDefault(), request.object);
    const system = systemPriorityClasses.find(({ metadata }) => metadata.name === name);
    if (system) return resolved(system);
    const found = await this.reader.get(classes, '', name, { fresh: true });
    if (!found) throw refused(request, `no PriorityClass with name ${name} was found`);
    return resolved(found);
  }

  /** Of several, made at the same time, the lowest counts. */
  private async globalDefault(): Promise<DeepReadonly<PriorityClass> | undefined> {
    const all = (await this.reader.list(classes)) as readonly DeepReadonly<PriorityClass>[];
    return all.filter(({ globalDefault }) => globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
  }
}

function resolved(found: DeepReadonly<PriorityClass> | undefined, unnamed?: Pod): Resolved {
  if (found && unnamed?.spec) unnamed.spec.priorityClassName = found.metadata.name;
  return { value: found?.value ?? 0, preemptionPolicy: found?.preemptionPolicy ?? 'PreemptLowerPriority' };
}

const refused = ({ object }: AdmissionRequest, why: string): Error =>
  forbidden({ group: '', resource: 'pods' }, object?.metadata.name ?? '', why);
