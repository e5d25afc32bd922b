import { applyDefaults } from '@nestor/schema';
import type { ApiObject, FieldError, ResourceDefinition, StrategyContext } from '../src';
import { builtInResources, fieldErrorMessage } from '../src';

export const context = (subresource = ''): StrategyContext => ({
  now: '2026-01-01T00:00:00Z',
  namespace: 'default',
  user: { name: 'tester', groups: [] },
  subresource,
});

/** The definition that serves a manifest's apiVersion and kind. */
export function definitionOf(apiVersion: string, kind: string): ResourceDefinition {
  const found = builtInResources().find(
    (one) => one.kind === kind && (one.group === '' ? one.version : `${one.group}/${one.version}`) === apiVersion,
  );
  if (!found) throw new Error(`${apiVersion} ${kind} is not built in`);
  return found;
}

/** The object as a create would store it, but for what the server fills in. */
export function created<T = ApiObject>(manifest: object): T {
  const object = structuredClone(manifest) as ApiObject;
  const definition = definitionOf(object.apiVersion, object.kind);
  applyDefaults(definition.schema(), object);
  definition.strategy.setDefaults?.(object);
  definition.strategy.prepareForCreate?.(object, context());
  return object as T;
}

const texts = (errors: readonly FieldError[] | undefined): string[] => (errors ?? []).map(fieldErrorMessage);

/** Messages of the kind's own validation of a manifest. */
export function createErrors(manifest: object): string[] {
  const object = created(manifest);
  return texts(definitionOf(object.apiVersion, object.kind).strategy.validate?.(object, context()));
}

/** Messages when `next` is written over `before`; both are manifests. */
export function updateErrors(before: object, next: object, subresource = ''): string[] {
  const old = created(before);
  const object = structuredClone(next) as ApiObject;
  const definition = definitionOf(object.apiVersion, object.kind);
  applyDefaults(definition.schema(), object);
  definition.strategy.setDefaults?.(object);
  definition.strategy.prepareForUpdate?.(object, old, context(subresource));
  return texts(definition.strategy.validateUpdate?.(object, old, context(subresource)));
}

/** A copy with one place changed: `changed(pod, { spec: { nodeName: 'n' } })`. Arrays are replaced whole. */
export function changed<T extends object>(base: T, patch: object): T {
  const copy = structuredClone(base) as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    const held = copy[key];
    if (value === undefined) delete copy[key];
    else if (isPlain(value) && isPlain(held)) copy[key] = changed(held, value);
    else copy[key] = value;
  }
  return copy as T;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
