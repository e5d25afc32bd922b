import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Node, Taint } from '../../meta/json-types';
import { isCidr, isLabelValue } from '../../meta/names';
import { validateLabelKey } from '../../meta/labels-validation';
import { semanticEqual } from '../../meta/semantic-equal';
import type { RestStrategy, StrategyContext } from '../../resource-definition';
import { invalidEach } from '../../validation/checks';
import { canonicalResourceList } from '../resource-list';

function setDefaults(node: Node): void {
  canonicalResourceList(node.status?.capacity, node);
  canonicalResourceList(node.status?.allocatable, node);
  if (node.status?.capacity && !node.status.allocatable) node.status.allocatable = { ...node.status.capacity };
  const spec = (node.spec ??= {});
  // podCIDR repeats the first of podCIDRs.
  if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  else if (spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
}

/** A kubelet registers its node with the status it knows, so create keeps it. */
function prepareForUpdate(node: Node, old: Readonly<Node>, { subresource }: StrategyContext): void {
  if (subresource === 'status') node.spec = old.spec;
  else node.status = old.status;
}

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateTaints(taints: readonly Taint[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, index) => {
    const at = `${path}[${index}]`;
    const errors = validateLabelKey(taint.key, `${at}.key`);
    const valueProblems = isLabelValue(taint.value ?? '');
    if (valueProblems.length) errors.push(field.invalid(`${at}.value`, taint.value, valueProblems.join(';')));
    if (!taint.effect) errors.push(field.required(`${at}.effect`));
    else if (!taintEffects.includes(taint.effect)) {
      errors.push(field.notSupported(`${at}.effect`, taint.effect, taintEffects));
    }
    const identity = `${taint.key}:${taint.effect}`;
    if (seen.has(identity)) {
      errors.push({ ...field.duplicate(at, taint), detail: 'taints must be unique by key and effect pair' });
    }
    seen.add(identity);
    return errors;
  });
}

function validatePodCidrs(cidrs: readonly string[] | undefined): FieldError[] {
  const list = cidrs ?? [];
  const errors = list.flatMap((cidr, index) => invalidEach(cidr, isCidr(cidr), `spec.podCIDRs[${index}]`));
  if (errors.length === 0 && list.length > 1) {
    const families = new Set(list.map((cidr) => (cidr.includes(':') ? 6 : 4)));
    if (list.length > 2 || families.size !== 2) {
      errors.push(field.invalid('spec.podCIDRs', list, 'may specify no more than one CIDR for each IP family'));
    }
  }
  return errors;
}

const validate = (node: Node): FieldError[] => [
  ...validateTaints(node.spec?.taints, 'spec.taints'),
  ...validatePodCidrs(node.spec?.podCIDRs),
];

function validateUpdate(node: Node, old: Readonly<Node>, { subresource }: StrategyContext): FieldError[] {
  if (subresource === 'status') return [];
  const errors = validate(node);
  if (old.spec?.podCIDRs?.length && !semanticEqual(node.spec?.podCIDRs, old.spec.podCIDRs)) {
    errors.push(field.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec?.providerID && old.spec.providerID !== node.spec?.providerID) {
    errors.push(field.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

export const nodeStrategy = { setDefaults, prepareForUpdate, validate, validateUpdate } as RestStrategy;
