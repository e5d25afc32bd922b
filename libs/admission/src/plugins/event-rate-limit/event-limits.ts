import { aggregateMessage, field, fieldErrorMessage, type FieldError } from '@nestor/api';

export const limitTypes = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const;
export type LimitType = (typeof limitTypes)[number];

/** One of `limits` in a Configuration (eventratelimit.admission.k8s.io/v1alpha1). */
export interface EventLimit {
  readonly type: LimitType;
  readonly qps: number;
  readonly burst: number;
  /** How many keys are remembered; 0 or nothing means 4096. */
  readonly cacheSize?: number;
}

/** The limits of a configuration; throws with everything that is wrong in it, in upstream's words. */
export function eventLimitsOf(configuration: Readonly<Record<string, unknown>>): EventLimit[] {
  const limits = (configuration['limits'] ?? []) as EventLimit[];
  const errors = Array.isArray(limits) ? problemsOf(limits) : [field.typeInvalid('limits', limits, 'must be a list')];
  if (errors.length > 0) throw new Error(aggregateMessage(errors.map(fieldErrorMessage)));
  return limits;
}

function problemsOf(limits: readonly EventLimit[]): FieldError[] {
  if (limits.length === 0) return [field.invalid('limits', limits, 'must not be empty')];
  return limits.flatMap((limit: Partial<EventLimit> | null, index) => {
    const { type, qps = 0, burst = 0, cacheSize = 0 } = limit ?? {};
    const path = `limits[${index}]`;
    const errors: FieldError[] = [];
    if (!type || !limitTypes.includes(type)) errors.push(field.notSupported(`${path}.type`, type ?? '', limitTypes));
    if (!isPositive(burst)) errors.push(field.invalid(`${path}.burst`, burst, 'must be positive'));
    if (!isPositive(qps)) errors.push(field.invalid(`${path}.qps`, qps, 'must be positive'));
    if (type !== 'Server' && !(Number.isInteger(cacheSize) && cacheSize >= 0)) {
      errors.push(field.invalid(`${path}.cacheSize`, cacheSize, 'must not be negative'));
    }
    return errors;
  });
}

const isPositive = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
