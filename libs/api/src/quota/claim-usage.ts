import type { ApiObject, DeepReadonly, PersistentVolumeClaim } from '../meta/json-types';
import type { Quantity } from '../meta/quantity';
import { compareQuantities, exactValue, quantityOf, tryParseQuantity } from '../meta/quantity';
import type { Amounts } from './amounts';
import { equalAmounts } from './amounts';
import { countName, matchesValues, type ScopeRequirement, type UsageEvaluator } from './usage-evaluator';

type Claim = DeepReadonly<PersistentVolumeClaim>;

const count = 'persistentvolumeclaims';
const storage = 'requests.storage';
const perClass = '.storageclass.storage.k8s.io/';
const suffixes = [perClass + count, perClass + storage];

/** What is asked for, or, while an expansion runs, what is being made if that is more; in whole bytes. */
function requestedStorage({ spec, status }: Claim): Quantity | undefined {
  const asked = tryParseQuantity(spec?.resources?.requests?.['storage']);
  const allocated = tryParseQuantity(status?.allocatedResources?.['storage']);
  const larger = asked && allocated && compareQuantities(allocated, asked) > 0 ? allocated : asked;
  return larger && quantityOf(exactValue(larger), larger.format);
}

const storageClass = ({ metadata, spec }: Claim): string | undefined =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;

function usageOf(object: DeepReadonly<ApiObject>): Amounts {
  const claim = object as Claim;
  const one = quantityOf(1);
  const usage = new Map([
    [countName(count), one],
    [count, one],
  ]);
  const ofClass = storageClass(claim);
  if (ofClass) usage.set(ofClass + perClass + count, one);
  const amount = requestedStorage(claim);
  if (amount) {
    usage.set(storage, amount);
    if (ofClass) usage.set(ofClass + perClass + storage, amount);
  }
  return usage;
}

function isInScope(object: DeepReadonly<ApiObject>, requirement: ScopeRequirement): boolean {
  if (requirement.scopeName !== 'VolumeAttributesClass') return false;
  const { spec, status } = object as Claim;
  const classes = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return matchesValues(
    requirement,
    classes.filter((name): name is string => !!name),
  );
}

export const claimUsage: UsageEvaluator = {
  resource: count,
  matchingNames: (asked) =>
    asked.filter(
      (name) =>
        name === countName(count) ||
        name === count ||
        name === storage ||
        suffixes.some((suffix) => name.endsWith(suffix)),
    ),
  usageOf,
  isInScope,
  freesUsage: (claim, old) => !equalAmounts(usageOf(claim), usageOf(old)),
};
