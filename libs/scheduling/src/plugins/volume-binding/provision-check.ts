import {
  type CsiStorageCapacity,
  type DeepReadonly,
  type Node,
  type StorageClass,
  exactValue,
  labelSelectorMatcher,
  quantityFrom,
} from '@nestor/api';
import { StorageView, className } from '../../volumes/storage-view';
import { Claim } from './pod-claims';
import { requestOf } from './volume-choice';

const noProvisioner = 'kubernetes.io/no-provisioner';

export type Provisioning = 'possible' | 'impossible' | 'no space';

/** The largest volume that the driver can make there, in bytes. */
export function largestVolume({ maximumVolumeSize, capacity }: DeepReadonly<CsiStorageCapacity>): bigint | undefined {
  const limit = maximumVolumeSize ?? capacity;
  return limit === undefined ? undefined : exactValue(quantityFrom(limit));
}

type TopologyTerm = NonNullable<DeepReadonly<StorageClass>['allowedTopologies']>[number];

function meetsTopology(
  { matchLabelExpressions = [] }: TopologyTerm,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    matchLabelExpressions.length > 0 &&
    matchLabelExpressions.every(({ key, values }) => {
      const value = labels[key];
      return value !== undefined && values.includes(value);
    })
  );
}

/** Whether a volume could be made for the claim where a pod on a node could use it. */
export class ProvisionCheck {
  private readonly storageClass: DeepReadonly<StorageClass>;
  /** By node labels, where there is room for it; undefined where the driver does not say. */
  private readonly spaces: readonly ((labels: Readonly<Record<string, string>>) => boolean)[] | undefined;

  constructor(
    readonly claim: Claim,
    storage: StorageView,
  ) {
    const named = className(claim);
    const storageClass = storage.classes.get(named);
    if (!storageClass) throw new Error(`failed to find storage class ${JSON.stringify(named)}`);
    this.storageClass = storageClass;
    this.spaces = spacesFor(claim, storageClass, storage);
  }

  on(node: DeepReadonly<Node>): Provisioning {
    const { provisioner, allowedTopologies = [] } = this.storageClass;
    if (!provisioner || provisioner === noProvisioner) return 'impossible';
    const labels = node.metadata.labels ?? {};
    if (allowedTopologies.length > 0 && !allowedTopologies.some((term) => meetsTopology(term, labels)))
      return 'impossible';
    return !this.spaces || this.spaces.some((isHere) => isHere(labels)) ? 'possible' : 'no space';
  }
}

function spacesFor(claim: Claim, { metadata, provisioner }: DeepReadonly<StorageClass>, storage: StorageView) {
  if (claim.spec?.resources?.requests?.['storage'] === undefined) return undefined;
  if (!storage.csiDrivers.get(provisioner)?.spec.storageCapacity) return undefined;
  const size = exactValue(requestOf(claim));
  const spaces: ((labels: Readonly<Record<string, string>>) => boolean)[] = [];
  for (const capacity of storage.capacities.in(metadata.name ?? '')) {
    const largest = largestVolume(capacity);
    // Space that says nothing of nodes is nowhere.
    if (largest === undefined || largest < size || !capacity.nodeTopology) continue;
    const matcher = labelSelectorMatcher(capacity.nodeTopology);
    spaces.push((labels) => matcher.matches(labels));
  }
  return spaces;
}
