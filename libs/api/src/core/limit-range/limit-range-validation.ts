import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { LimitRange } from '../../meta/json-types';
import { isQualifiedName } from '../../meta/names';
import { compareQuantities, formatQuantity, milliValue, quantityOf, tryParseQuantity } from '../../meta/quantity';
import type { Quantity } from '../../meta/quantity';
import { invalidEach } from '../../validation/checks';
import {
  allowsOvercommit,
  validateContainerResourceName,
  validateResourceName,
} from '../resource-quota/resource-names';

type Item = NonNullable<LimitRange['spec']>['limits'][number];

const standardTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

function validateType(type: string, path: string): FieldError[] {
  const problems = isQualifiedName(type);
  if (problems.length > 0) return invalidEach(type, problems, path);
  return type.includes('/') || standardTypes.has(type)
    ? []
    : [field.invalid(path, type, 'must be a standard limit type or fully qualified')];
}

const listNames = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function validateNames(item: Item, path: string): FieldError[] {
  const isOfContainers = item.type === 'Pod' || item.type === 'Container';
  const validateName = isOfContainers ? validateContainerResourceName : validateResourceName;
  return listNames.flatMap((list) => {
    if (item.type === 'Pod' && list.startsWith('default')) {
      return Object.keys(item[list] ?? {}).length > 0
        ? [field.forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'")]
        : [];
    }
    return Object.keys(item[list] ?? {}).flatMap((name) => validateName(name, `${path}.${list}[${name}]`));
  });
}

interface Amounts {
  min?: Quantity;
  max?: Quantity;
  default?: Quantity;
  defaultRequest?: Quantity;
  ratio?: Quantity;
}

function amountsOf(item: Item, name: string): Amounts {
  const hasDefaults = item.type !== 'Pod';
  return {
    min: tryParseQuantity(item.min?.[name]),
    max: tryParseQuantity(item.max?.[name]),
    default: hasDefaults ? tryParseQuantity(item.default?.[name]) : undefined,
    defaultRequest: hasDefaults ? tryParseQuantity(item.defaultRequest?.[name]) : undefined,
    ratio: tryParseQuantity(item.maxLimitRequestRatio?.[name]),
  };
}

const titles = { min: 'min', max: 'max', default: 'default', defaultRequest: 'default request' };
type Bound = keyof typeof titles;
/** What must not be greater than what; the field to blame and the value shown are Kubernetes' choice. */
const orders: readonly { low: Bound; high: Bound; blame: Bound; shown: Bound; highTitle?: string }[] = [
  { low: 'min', high: 'max', blame: 'min', shown: 'min' },
  { low: 'min', high: 'defaultRequest', blame: 'defaultRequest', shown: 'defaultRequest' },
  { low: 'defaultRequest', high: 'max', blame: 'defaultRequest', shown: 'defaultRequest' },
  {
    low: 'defaultRequest',
    high: 'default',
    blame: 'defaultRequest',
    shown: 'defaultRequest',
    highTitle: 'default limit',
  },
  { low: 'min', high: 'default', blame: 'default', shown: 'min' },
  { low: 'default', high: 'max', blame: 'default', shown: 'max' },
];

function validateOrders(amounts: Amounts, name: string, path: string): FieldError[] {
  return orders.flatMap(({ low, high, blame, shown, highTitle = titles[high] }) => {
    const [lower, higher] = [amounts[low], amounts[high]];
    if (!lower || !higher || compareQuantities(lower, higher) <= 0) return [];
    const detail = `${titles[low]} value ${formatQuantity(lower)} is greater than ${highTitle} value ${formatQuantity(higher)}`;
    const value = shown === high ? higher : lower;
    return [field.invalid(`${path}.${blame}[${name}]`, formatQuantity(value), detail)];
  });
}

function validateRatio({ ratio, min, max }: Amounts, name: string, path: string): FieldError[] {
  if (!ratio) return [];
  const at = `${path}.maxLimitRequestRatio[${name}]`;
  const text = formatQuantity(ratio);
  const errors =
    compareQuantities(ratio, quantityOf(1)) < 0 ? [field.invalid(at, text, `ratio ${text} is less than 1`)] : [];
  if (min && max) {
    const limit = milliValue(max) / milliValue(min);
    if (milliValue(ratio) / 1000 > limit) {
      errors.push(field.invalid(at, text, `ratio ${text} is greater than max/min = ${limit.toFixed(6)}`));
    }
  }
  return errors;
}

function validateResource(item: Item, name: string, path: string): FieldError[] {
  const amounts = amountsOf(item, name);
  const errors = [...validateOrders(amounts, name, path), ...validateRatio(amounts, name, path)];
  const { default: limit, defaultRequest: request } = amounts;
  if (!allowsOvercommit(name) && limit && request && compareQuantities(limit, request) !== 0) {
    const detail = `default value ${formatQuantity(limit)} must equal to defaultRequest value ${formatQuantity(request)} in ${name}`;
    errors.push(field.invalid(`${path}.defaultRequest[${name}]`, formatQuantity(request), detail));
  }
  return errors;
}

function validateItem(item: Item, path: string): FieldError[] {
  const errors = validateNames(item, path);
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']) {
    errors.push(
      field.required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
    );
  }
  const names = new Set(listNames.flatMap((list) => Object.keys(item[list] ?? {})));
  return [...errors, ...[...names].flatMap((name) => validateResource(item, name, path))];
}

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, index) => {
    const path = `spec.limits[${index}]`;
    const errors = validateType(item.type, `${path}.type`);
    if (seen.has(item.type)) errors.push(field.duplicate(`${path}.type`, item.type));
    seen.add(item.type);
    return [...errors, ...validateItem(item, path)];
  });
}
