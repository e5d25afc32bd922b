import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ObjectMeta, OwnerReference } from './json-types';
import { validateLabels } from './labels-validation';
import { isDns1123Label, isQualifiedName } from './names';
import type { ObjectNameCheck } from './object-name';
import { subdomainName } from './object-name';

export interface ObjectMetaRules {
  namespaced: boolean;
  /** ValidateNameFunc of the kind. */
  nameCheck?: ObjectNameCheck;
  path?: string;
}

const annotationSizeLimit = 256 * 1024;
const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

/** validation.ValidateAnnotations */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const problem of isQualifiedName(key.toLowerCase())) errors.push(field.invalid(path, key, problem));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > annotationSizeLimit) errors.push(field.tooLong(path, annotationSizeLimit));
  return errors;
}

function validateOwnerReference(reference: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const version = (reference.apiVersion ?? '').split('/').pop() ?? '';
  if (version === '')
    errors.push(field.invalid(`${path}.apiVersion`, reference.apiVersion ?? '', 'version must not be empty'));
  if (!reference.kind) errors.push(field.invalid(`${path}.kind`, reference.kind ?? '', 'must not be empty'));
  if (!reference.name) errors.push(field.invalid(`${path}.name`, reference.name ?? '', 'must not be empty'));
  if (!reference.uid) errors.push(field.invalid(`${path}.uid`, reference.uid ?? '', 'must not be empty'));
  if (
    reference.kind === 'Event' &&
    (reference.apiVersion === 'v1' || reference.apiVersion?.startsWith('events.k8s.io/'))
  ) {
    const group = reference.apiVersion === 'v1' ? '' : 'events.k8s.io';
    errors.push(field.invalid(path, reference, `${group}/v1, Kind=Event is disallowed from being an owner`));
  }
  return errors;
}

/** validation.ValidateOwnerReferences */
export function validateOwnerReferences(references: readonly OwnerReference[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references ?? []) {
    errors.push(...validateOwnerReference(reference, path));
    if (reference.controller !== true) continue;
    if (controller !== undefined) {
      errors.push(
        field.invalid(
          path,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${reference.name}`,
        ),
      );
    } else {
      controller = reference.name;
    }
  }
  return errors;
}

export function validateFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  const errors = (finalizers ?? []).flatMap((name) =>
    isQualifiedName(name).map((problem) => field.invalid(path, name, problem)),
  );
  if (finalizers?.includes(orphanFinalizer) && finalizers.includes(foregroundFinalizer)) {
    errors.push(
      field.invalid(path, finalizers, `finalizer ${orphanFinalizer} and ${foregroundFinalizer} cannot be both set`),
    );
  }
  return errors;
}

/** Core and apps kinds ask for more: a finalizer is a standard one or fully qualified. */
export function validateKubernetesFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  const standard = new Set([orphanFinalizer, foregroundFinalizer, 'kubernetes']);
  return (finalizers ?? []).flatMap((name, index) =>
    name.includes('/') || standard.has(name) || isQualifiedName(name).length > 0
      ? []
      : [
          field.invalid(
            `${path}[${index}]`,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
}

/** validation.ValidateObjectMeta: run on create, after a generateName has become a name. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  const { namespaced, nameCheck = subdomainName, path = 'metadata' } = rules;
  const errors: FieldError[] = [];
  if (meta.generateName) {
    for (const problem of nameCheck(meta.generateName, true)) {
      errors.push(field.invalid(`${path}.generateName`, meta.generateName, problem));
    }
  }
  if (!meta.name) errors.push(field.required(`${path}.name`, 'name or generateName is required'));
  else
    for (const problem of nameCheck(meta.name, false)) errors.push(field.invalid(`${path}.name`, meta.name, problem));
  if (namespaced) {
    if (!meta.namespace) errors.push(field.required(`${path}.namespace`));
    else {
      for (const problem of isDns1123Label(meta.namespace)) {
        errors.push(field.invalid(`${path}.namespace`, meta.namespace, problem));
      }
    }
  } else if (meta.namespace) {
    errors.push(field.forbidden(`${path}.namespace`, 'not allowed on this type'));
  }
  if ((meta.generation ?? 0) < 0) {
    errors.push(field.invalid(`${path}.generation`, meta.generation, 'must be greater than or equal to 0'));
  }
  return [...errors, ...validateContent(meta, path), ...validateFinalizers(meta.finalizers, `${path}.finalizers`)];
}

function validateContent(meta: ObjectMeta, path: string): FieldError[] {
  return [
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
  ];
}

/** JSON equality for the scalar and small values metadata holds. */
const same = (left: unknown, right: unknown): boolean =>
  left === right || JSON.stringify(left ?? null) === JSON.stringify(right ?? null);

export const immutableMessage = 'field is immutable';

const immutableFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** validation.ValidateObjectMetaUpdate */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: Readonly<ObjectMeta>, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
    if (added.length) {
      errors.push(
        field.forbidden(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added
            .sort()
            .map((name) => JSON.stringify(name))
            .join(', ')}}`,
        ),
      );
    }
  }
  errors.push(...validateFinalizers(meta.finalizers, `${path}.finalizers`));
  if (!meta.resourceVersion) {
    errors.push(
      field.invalid(`${path}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'),
    );
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(field.invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented'));
  }
  for (const name of immutableFields) {
    if (!same(meta[name], old[name])) errors.push(field.invalid(`${path}.${name}`, meta[name], immutableMessage));
  }
  return [...errors, ...validateContent(meta, path)];
}
