import {
  FieldError,
  NodeSelectorTerm,
  field,
  formatGoDuration,
  isQualifiedName,
  parseGoDuration,
  validateLabelKey,
} from '@nestor/api';
import type { NodeAffinityArgs } from '../plugins/node-affinity/node-affinity.plugin';
import type { NodeResourcesFitArgs } from '../plugins/node-resources-fit/node-resources-fit.plugin';
import type { ResourceWeight } from '../plugins/node-resources-fit/resource-shares';
import type { ShapePoint } from '../plugins/node-resources-fit/scoring-strategies';
import type { DefaultPreemptionArgs } from '../plugins/default-preemption/default-preemption.plugin';
import type { DynamicResourcesArgs, VolumeBindingArgs } from './kube-scheduler-configuration';
import type { RawConstraint } from '../plugins/pod-topology-spread/spread-constraint';

const strategies = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];

function validateDefaultPreemption(args: DefaultPreemptionArgs, path: string): FieldError[] {
  const { minCandidateNodesPercentage: share = 10, minCandidateNodesAbsolute: count = 100 } = args;
  const sharePath = `${path}.minCandidateNodesPercentage`;
  const countPath = `${path}.minCandidateNodesAbsolute`;
  const errors: FieldError[] = [];
  if (share < 0 || share > 100) errors.push(field.invalid(sharePath, share, 'not in valid range [0, 100]'));
  if (count < 0) errors.push(field.invalid(countPath, count, 'not in valid range [0, inf)'));
  if (share === 0 && count === 0)
    errors.push(
      field.invalid(sharePath, share, 'cannot be zero at the same time as minCandidateNodesAbsolute'),
      field.invalid(countPath, count, 'cannot be zero at the same time as minCandidateNodesPercentage'),
    );
  return errors;
}

function validateInterPodAffinity({ hardPodAffinityWeight: weight }: { hardPodAffinityWeight: number }, path: string) {
  const isValid = weight >= 0 && weight <= 100;
  return isValid ? [] : [field.invalid(`${path}.hardPodAffinityWeight`, weight, 'not in valid range [0, 100]')];
}

interface SpreadArgs {
  defaultingType: string;
  defaultConstraints?: readonly RawConstraint[];
}

function validatePodTopologySpread({ defaultingType, defaultConstraints = [] }: SpreadArgs, path: string) {
  const errors: FieldError[] = [];
  const typePath = `${path}.defaultingType`;
  if (defaultingType !== 'System' && defaultingType !== 'List')
    errors.push(field.notSupported(typePath, defaultingType, ['System', 'List']));
  else if (defaultingType === 'System' && defaultConstraints.length > 0)
    errors.push(field.invalid(typePath, defaultingType, 'when .defaultConstraints are not empty'));
  defaultConstraints.forEach((constraint, index) => {
    const at = `${path}.defaultConstraints[${index}]`;
    errors.push(...validateConstraint(constraint, at));
    const { topologyKey, whenUnsatisfiable } = constraint;
    const repeats = defaultConstraints
      .slice(0, index)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeats) errors.push(field.duplicate(at, `{${topologyKey}, ${whenUnsatisfiable}}`));
  });
  return errors;
}

function validateConstraint(constraint: RawConstraint, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector } = constraint;
  if (maxSkew <= 0) errors.push(field.invalid(`${at}.maxSkew`, maxSkew, 'not in valid range (0, inf)'));
  if (topologyKey === '') errors.push(field.required(`${at}.topologyKey`, 'can not be empty'));
  else errors.push(...validateLabelKey(topologyKey, `${at}.topologyKey`));
  const actionPath = `${at}.whenUnsatisfiable`;
  if (whenUnsatisfiable === '') errors.push(field.required(actionPath, 'can not be empty'));
  else if (whenUnsatisfiable !== 'DoNotSchedule' && whenUnsatisfiable !== 'ScheduleAnyway')
    errors.push(field.notSupported(actionPath, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
  if (labelSelector)
    errors.push(
      field.forbidden(`${at}.labelSelector`, 'constraint must not define a selector, as they deduced for each pod'),
    );
  return errors;
}

function validateFunctionShape(shape: readonly ShapePoint[], path: string): FieldError[] {
  if (shape.length === 0) return [field.required(path, 'at least one point must be specified')];
  const errors: FieldError[] = [];
  const unsorted = shape.findIndex((point, at) => at > 0 && (shape[at - 1]?.utilization ?? 0) >= point.utilization);
  if (unsorted > 0)
    errors.push(
      field.invalid(
        `${path}[${unsorted}].utilization`,
        shape[unsorted]?.utilization,
        'values must be sorted in increasing order',
      ),
    );
  shape.forEach(({ utilization, score }, at) => {
    if (utilization < 0 || utilization > 100)
      errors.push(field.invalid(`${path}[${at}].utilization`, utilization, 'not in valid range [0, 100]'));
    if (score < 0 || score > 10)
      errors.push(field.invalid(`${path}[${at}].score`, score, 'not in valid range [0, 10]'));
  });
  return errors;
}

function validateNodeResourcesFit(args: NodeResourcesFitArgs, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (args.ignoredResources ?? []).forEach((name, at) =>
    errors.push(...validateLabelKey(name, `${path}.ignoredResources[${at}]`)),
  );
  (args.ignoredResourceGroups ?? []).forEach((group, at) => {
    const groupPath = `${path}.ignoredResourceGroups[${at}]`;
    if (group.includes('/')) errors.push(field.invalid(groupPath, group, "resource group name can't contain '/'"));
    errors.push(...isQualifiedName(group).map((problem) => field.invalid(groupPath, group, problem)));
  });
  const { type, resources = [], requestedToCapacityRatio: ratio } = args.scoringStrategy ?? { type: 'LeastAllocated' };
  const strategyPath = `${path}.scoringStrategy`;
  if (!strategies.includes(type)) errors.push(field.notSupported(`${strategyPath}.type`, type ?? '', strategies));
  resources.forEach(({ name, weight }, at) => {
    if (weight <= 0 || weight > 100)
      errors.push(
        field.invalid(
          `${strategyPath}.resources[${at}].weight`,
          weight,
          `resource weight of ${name} not in valid range (0, 100]`,
        ),
      );
  });
  return [...errors, ...validateRatio(type, ratio, `${strategyPath}.requestedToCapacityRatio`)];
}

function validateRatio(type: string, ratio: { shape?: readonly ShapePoint[] } | undefined, path: string): FieldError[] {
  if (type !== 'RequestedToCapacityRatio')
    return ratio ? [field.forbidden(path, 'must be nil when type is not RequestedToCapacityRatio')] : [];
  if (!ratio) return [field.required(path, 'must be specified when type is RequestedToCapacityRatio')];
  return validateFunctionShape(ratio.shape ?? [], `${path}.shape`);
}

function validateBalancedAllocation(
  { resources }: { resources: readonly ResourceWeight[] },
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return resources.flatMap(({ name, weight }, at) => {
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(field.duplicate(`${path}.resources[${at}].name`, name));
    seen.add(name);
    if (weight !== 1) errors.push(field.invalid(`${path}.resources[${at}].weight`, weight, 'must be 1'));
    return errors;
  });
}

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

const selectorOperators = ['DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn'];

/** As component-helpers' nodeaffinity parses requirements. */
function validateRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  if (!selectorOperators.includes(operator))
    return [field.notSupported(`${path}.operator`, operator, selectorOperators)];
  const errors = validateLabelKey(key ?? '', `${path}.key`);
  const invalid = (detail: string) => errors.push(field.invalid(`${path}.values`, values, detail));
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) invalid("for 'in', 'notin' operators, values set can't be empty");
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) invalid("for 'Gt', 'Lt' operators, exactly one value is required");
    else if (!/^[+-]?\d+$/.test(values[0] ?? ''))
      errors.push(
        field.invalid(`${path}.values[0]`, values[0], "for 'Gt', 'Lt' operators, the value must be an integer"),
      );
  } else if (values.length > 0) invalid('values set must be empty for exists and does not exist');
  return errors;
}

function validateNodeAffinity({ addedAffinity }: NodeAffinityArgs, path: string): FieldError[] {
  const at = `${path}.addedAffinity`;
  const required = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const preferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const terms = [
    ...required.map((term, index) => ({
      term,
      termPath: `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`,
    })),
    ...preferred.map(({ preference }, index) => ({
      term: preference,
      termPath: `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`,
    })),
  ];
  return terms.flatMap(({ term, termPath }) =>
    (term?.matchExpressions ?? []).flatMap((requirement, index) =>
      validateRequirement(requirement, `${termPath}.matchExpressions[${index}]`),
    ),
  );
}

function validateDynamicResources({ filterTimeout, bindingTimeout }: DynamicResourcesArgs, path: string): FieldError[] {
  const check = (name: string, text: string, minimum: number, detail: string): FieldError[] => {
    const ms = parseGoDuration(text);
    return ms < minimum ? [field.invalid(`${path}.${name}`, formatGoDuration(ms), detail)] : [];
  };
  return [
    ...check('filterTimeout', filterTimeout, 0, 'must be zero or positive'),
    ...check('bindingTimeout', bindingTimeout, 1000, 'must be at least 1 second'),
  ];
}

function validateVolumeBinding({ bindTimeoutSeconds, shape }: VolumeBindingArgs, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (bindTimeoutSeconds < 0)
    errors.push(
      field.invalid(
        `${path}.bindTimeoutSeconds`,
        bindTimeoutSeconds,
        'invalid BindTimeoutSeconds, should not be a negative value',
      ),
    );
  if (shape)
    errors.push(
      field.invalid(
        `${path}.shape`,
        shape,
        'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring',
      ),
    );
  return errors;
}

const validators: Readonly<Record<string, (args: never, path: string) => FieldError[]>> = {
  DefaultPreemption: validateDefaultPreemption,
  DynamicResources: validateDynamicResources,
  InterPodAffinity: validateInterPodAffinity,
  NodeAffinity: validateNodeAffinity,
  NodeResourcesBalancedAllocation: validateBalancedAllocation,
  NodeResourcesFit: validateNodeResourcesFit,
  PodTopologySpread: validatePodTopologySpread,
  VolumeBinding: validateVolumeBinding,
};

/** The defaulted arguments of a default plugin; plugins that are not ours check their own. */
export function validatePluginArgs(name: string, args: object, path: string): FieldError[] {
  return validators[name]?.(args as never, path) ?? [];
}
