import type { StructuralSchema } from '../structural-schema';

/** What the generated shape of one definition lacks. Merged over it, field by field. */
export interface DefinitionOverlay {
  self?: Partial<StructuralSchema>;
  fields: Readonly<Record<string, Partial<StructuralSchema>>>;
}

export type Overlay = Readonly<Record<string, DefinitionOverlay>>;

type Fields = Readonly<Record<string, Partial<StructuralSchema>>>;

export const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
export const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
export const RAW_EXTENSION = 'io.k8s.apimachinery.pkg.runtime.RawExtension';

/** Prefixes the short names of one package. */
export function inPackage(prefix: string, definitions: Readonly<Record<string, Fields>>): Overlay {
  return Object.fromEntries(Object.entries(definitions).map(([name, fields]) => [prefix + name, { fields }]));
}

export function atomicMaps(prefix: string, names: string): Overlay {
  const self: Partial<StructuralSchema> = { mapType: 'atomic' };
  return Object.fromEntries(names.split(' ').map((name) => [prefix + name, { self, fields: {} }]));
}

/** Later overlays add to earlier ones. */
export function joinOverlays(...overlays: readonly Overlay[]): Overlay {
  const joined: Record<string, DefinitionOverlay> = {};
  for (const overlay of overlays) {
    for (const [name, { self, fields }] of Object.entries(overlay)) {
      const before = joined[name];
      const merged: Record<string, Partial<StructuralSchema>> = { ...before?.fields };
      for (const [field, extra] of Object.entries(fields)) merged[field] = { ...merged[field], ...extra };
      joined[name] = { self: { ...before?.self, ...self }, fields: merged };
    }
  }
  return joined;
}

/** The same overlay for each of the fields named (space separated). */
export function each(names: string, overlay: Partial<StructuralSchema>): Fields {
  return Object.fromEntries(names.split(' ').map((name) => [name, overlay]));
}

export const atomic: Partial<StructuralSchema> = { listType: 'atomic' };
export const set: Partial<StructuralSchema> = { listType: 'set' };
/** A Go struct held by value: always encoded, so an absent one reads back as {}. */
export const struct: Partial<StructuralSchema> = { default: {} };
/** A required scalar behind a pointer: absent stays absent. */
export const pointer: Partial<StructuralSchema> = { default: undefined };
export const quantity: Partial<StructuralSchema> = { ref: QUANTITY };
export const quantities: Partial<StructuralSchema> = {
  type: 'object',
  goType: 'v1.ResourceList',
  additionalProperties: { ref: QUANTITY },
};
export const emptyString: Partial<StructuralSchema> = { default: '' };

export function mapOf(...keys: string[]): Partial<StructuralSchema> {
  return { listType: 'map', listMapKeys: keys };
}

/** Strategic merge and server-side apply agree on one key. */
export function mergeMap(key: string, ...moreKeys: string[]): Partial<StructuralSchema> {
  return { ...mapOf(key, ...moreKeys), patchStrategy: 'merge', patchMergeKey: key };
}

/** Strategic merge only; server-side apply takes the list as one. */
export function merge(key?: string): Partial<StructuralSchema> {
  return { patchStrategy: 'merge', ...(key !== undefined && { patchMergeKey: key }) };
}

/** A named Go string type, of package v1 unless it says otherwise. */
export function named(goType: string, initial?: unknown): Partial<StructuralSchema> {
  return { goType: goType.includes('.') ? goType : `v1.${goType}`, ...(initial !== undefined && { default: initial }) };
}

export function initially(value: unknown): Partial<StructuralSchema> {
  return { default: value };
}
