import {
  compareQuantities,
  forbidden,
  quantityFrom,
  type DeepReadonly,
  type Pod,
  type RuntimeClass,
} from '@nestor/api';
import { isPodCreate, type AdmissionPlugin, type AdmissionRequest, type ObjectReader } from '../../admission-plugin';
import { mergeTolerations } from './merge-tolerations';

type Spec = NonNullable<Pod['spec']>;
type Overhead = Readonly<Record<string, string>> | null | undefined;

const pods = { group: '', resource: 'pods' };
const key = 'runtimeclasses.node.k8s.io';

/** Gives a pod what its RuntimeClass says that it costs and where it can run (plugin RuntimeClass). */
export class RuntimeClassPlugin implements AdmissionPlugin {
  readonly name = 'RuntimeClass';
  constructor(private readonly reader: ObjectReader) {}

  handles(request: AdmissionRequest): boolean {
    return isPodCreate(request);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const spec = (request.object as Pod).spec;
    const runtimeClass = spec && (await this.classOf(request, spec));
    if (!runtimeClass) return;
    const wanted = runtimeClass.overhead?.podFixed as Overhead;
    if (runtimeClass.overhead) {
      if (spec.overhead && !isSame(wanted, spec.overhead)) throw mismatch(request);
      spec.overhead = { ...wanted };
    }
    if (runtimeClass.scheduling) place(request, spec, runtimeClass.scheduling);
  }

  /** Once more, for what other plugins may have made of it. */
  async validate(request: AdmissionRequest): Promise<void> {
    const spec = (request.object as Pod).spec;
    if (!spec || (!spec.overhead && !spec.runtimeClassName)) return;
    const runtimeClass = await this.classOf(request, spec);
    if (runtimeClass?.overhead) {
      if (!isSame(runtimeClass.overhead.podFixed, spec.overhead)) throw mismatch(request);
    } else if (spec.overhead) {
      throw refusal(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    }
  }

  private async classOf(
    request: AdmissionRequest,
    { runtimeClassName: name }: Spec,
  ): Promise<DeepReadonly<RuntimeClass> | undefined> {
    if (name === undefined || name === null) return undefined;
    const found = (await this.reader.get(key, '', name)) ?? (await this.reader.get(key, '', name, { fresh: true }));
    if (!found) throw refusal(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return found as DeepReadonly<RuntimeClass>;
  }
}

const refusal = ({ object }: AdmissionRequest, why: string): Error => forbidden(pods, object?.metadata.name ?? '', why);
const mismatch = (request: AdmissionRequest): Error =>
  refusal(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");

function isSame(left: Overhead, right: Overhead): boolean {
  const [one, other] = [left ?? {}, right ?? {}];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every(
    (name) =>
      one[name] !== undefined &&
      other[name] !== undefined &&
      compareQuantities(quantityFrom(one[name]), quantityFrom(other[name])) === 0,
  );
}

function place(
  request: AdmissionRequest,
  spec: Spec,
  { nodeSelector = {}, tolerations = [] }: NonNullable<DeepReadonly<RuntimeClass>['scheduling']>,
): void {
  for (const [label, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[label];
    if (own === undefined || own === value) continue;
    const why = `conflict: runtimeClass.scheduling.nodeSelector[${label}] = ${value}; pod.spec.nodeSelector[${label}] = ${own}`;
    throw refusal(request, why);
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const merged = mergeTolerations(spec.tolerations ?? [], structuredClone(tolerations));
  if (merged.length > 0) spec.tolerations = merged;
}
