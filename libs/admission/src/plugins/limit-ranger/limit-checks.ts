import { compareQuantities, formatQuantity, milliValue, quantityFrom, zeroQuantity, type Quantity } from '@nestor/api';

export type ResourceList = Readonly<Record<string, string>>;

/** What somebody asks for and may use. */
export interface Wanted {
  requests: ResourceList;
  limits: ResourceList;
}

/** What a limit says of one resource. */
export interface Limit {
  /** "Pod", "Container", "PersistentVolumeClaim". */
  type: string;
  resource: string;
  enforced: Quantity;
}

const amount = (list: ResourceList, name: string): Quantity | undefined =>
  list[name] === undefined ? undefined : quantityFrom(list[name]);
const isLess = (left: Quantity, right: Quantity): boolean => compareQuantities(left, right) < 0;

/** minConstraint; the text of what is wrong. */
export function belowMin({ type, resource, enforced }: Limit, { requests, limits }: Wanted): string | undefined {
  const rule = `minimum ${resource} usage per ${type} is ${formatQuantity(enforced)}`;
  const [request, limit] = [amount(requests, resource), amount(limits, resource)];
  if (!request) return `${rule}.  No request is specified`;
  if (isLess(request, enforced)) return `${rule}, but request is ${formatQuantity(request)}`;
  if (limit && isLess(limit, enforced)) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

/** maxConstraint. */
export function aboveMax({ type, resource, enforced }: Limit, { requests, limits }: Wanted): string | undefined {
  const rule = `maximum ${resource} usage per ${type} is ${formatQuantity(enforced)}`;
  const [request, limit] = [amount(requests, resource), amount(limits, resource)];
  if (!limit) return `${rule}.  No limit is specified`;
  if (isLess(enforced, limit)) return `${rule}, but limit is ${formatQuantity(limit)}`;
  if (request && isLess(enforced, request)) return `${rule}, but request is ${formatQuantity(request)}`;
  return undefined;
}

/** maxRequestConstraint: of claims, which have no limits. */
export function aboveMaxRequest({ type, resource, enforced }: Limit, { requests }: Wanted): string | undefined {
  const rule = `maximum ${resource} usage per ${type} is ${formatQuantity(enforced)}`;
  const request = amount(requests, resource);
  if (!request) return `${rule}.  No request is specified`;
  return isLess(enforced, request) ? `${rule}, but request is ${formatQuantity(request)}` : undefined;
}

/** limitRequestRatioConstraint. */
export function aboveRatio({ type, resource, enforced }: Limit, { requests, limits }: Wanted): string | undefined {
  const rule = `${resource} max limit to request ratio per ${type} is ${formatQuantity(enforced)}`;
  const request = amount(requests, resource) ?? zeroQuantity;
  const limit = amount(limits, resource) ?? zeroQuantity;
  if (compareQuantities(request, zeroQuantity) === 0) return `${rule}, but no request is specified or request is 0`;
  if (compareQuantities(limit, zeroQuantity) === 0) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = milliValue(limit) / milliValue(request);
  return ratio * 1000 > milliValue(enforced) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
