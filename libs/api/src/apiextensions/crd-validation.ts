import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { CustomResourceDefinition } from '../meta/json-types';
import { isDns1035Label, isDns1123Subdomain } from '../meta/names';
import { semanticEqual } from '../meta/semantic-equal';
import { compileJsonPath } from '../meta/simple-json-path';
import { validateImmutable } from '../validation/checks';
import { fromJsonSchemaProps, validateStructural, type JsonSchemaProps } from '@nestor/schema';
import { validateRules } from './rules/validate-rules';

type Spec = CustomResourceDefinition['spec'];
type Version = Spec['versions'][number];

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

function validateNames(names: Spec['names'] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const label = (name: string | undefined, at: string, text = (problems: string) => problems): void => {
    const problems = isDns1035Label((name ?? '').toLowerCase());
    if (problems.length) errors.push(field.invalid(`${path}.${at}`, name ?? '', text(problems.join(','))));
  };
  const strict = (name: string | undefined, at: string): void => {
    const problems = isDns1035Label(name ?? '');
    if (problems.length) errors.push(field.invalid(`${path}.${at}`, name ?? '', problems.join(',')));
  };
  strict(names?.plural, 'plural');
  if (names?.singular) strict(names.singular, 'singular');
  (names?.shortNames ?? []).forEach((name, index) => strict(name, `shortNames[${index}]`));
  label(names?.kind, 'kind', (problems) => `may have mixed case, but should otherwise match: ${problems}`);
  label(names?.listKind, 'listKind', (problems) => `may have mixed case, but should otherwise match: ${problems}`);
  (names?.categories ?? []).forEach((name, index) => strict(name, `categories[${index}]`));
  if (names?.kind && names.kind === names.listKind) {
    errors.push(field.invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  }
  return errors;
}

function validateColumns(version: Version, path: string): FieldError[] {
  return (version.additionalPrinterColumns ?? []).flatMap((column, index) => {
    const at = `${path}.additionalPrinterColumns[${index}]`;
    const errors: FieldError[] = [];
    if (!column.name) errors.push(field.required(`${at}.name`));
    if (!column.type) errors.push(field.required(`${at}.type`));
    else if (!columnTypes.includes(column.type))
      errors.push(field.notSupported(`${at}.type`, column.type, columnTypes));
    if (!column.jsonPath) errors.push(field.required(`${at}.jsonPath`));
    else errors.push(...validateJsonPath(column.jsonPath, `${at}.jsonPath`));
    return errors;
  });
}

function validateJsonPath(text: string, path: string): FieldError[] {
  try {
    compileJsonPath(text);
    return [];
  } catch (error) {
    return [field.invalid(path, text, `path does not parse: ${(error as Error).message}`)];
  }
}

function validateScale(version: Version, path: string): FieldError[] {
  const scale = version.subresources?.scale;
  if (!scale) return [];
  const at = `${path}.subresources.scale`;
  const under = (name: 'specReplicasPath' | 'statusReplicasPath', root: string): FieldError[] => {
    if (!scale[name]) return [field.required(`${at}.${name}`)];
    return scale[name].startsWith(`${root}.`)
      ? []
      : [field.invalid(`${at}.${name}`, scale[name], `should be a json path under ${root}`)];
  };
  return [...under('specReplicasPath', '.spec'), ...under('statusReplicasPath', '.status')];
}

function validateVersion(version: Version, path: string): FieldError[] {
  const problems = isDns1035Label(version.name ?? '');
  const errors = problems.length ? [field.invalid(`${path}.name`, version.name ?? '', problems.join(','))] : [];
  if (!version.schema?.openAPIV3Schema)
    errors.push(field.required(`${path}.schema.openAPIV3Schema`, 'schemas are required'));
  return [...errors, ...validateColumns(version, path), ...validateScale(version, path)];
}

/** Upstream keeps one schema that all versions share in spec.validation, and its errors are named for that place. */
function validateSchemas(versions: readonly Version[], before: readonly Version[] = []): FieldError[] {
  const schemas = schemasOf(versions);
  const accepted = schemasOf(before);
  const [first] = schemas;
  if (first && schemas.every((schema) => semanticEqual(schema, first))) {
    return validateSchema(first, 'spec.validation.openAPIV3Schema', accepted);
  }
  return schemas.flatMap((schema, index) =>
    schema ? validateSchema(schema, `spec.versions[${index}].schema.openAPIV3Schema`, accepted) : [],
  );
}

const schemasOf = (versions: readonly Version[]): (JsonSchemaProps | undefined)[] =>
  versions.map(({ schema }) => schema?.openAPIV3Schema as JsonSchemaProps | undefined);

/** Rules are looked at where the schema holds, and what they cost where it is not an old one. */
function validateSchema(
  schema: JsonSchemaProps,
  path: string,
  accepted: readonly (JsonSchemaProps | undefined)[],
): FieldError[] {
  const errors = validateStructural(schema, path);
  if (errors.length > 0) return errors;
  const isNew = !accepted.some((old) => semanticEqual(old, schema));
  return validateRules(fromJsonSchemaProps(schema), path, isNew);
}

function validateVersions(versions: readonly Version[]): FieldError[] {
  const errors = versions.flatMap((version, index) => validateVersion(version, `spec.versions[${index}]`));
  if (new Set(versions.map(({ name }) => name)).size !== versions.length) {
    errors.push(field.invalid('spec.versions', versions, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(field.invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function validateGroup(group: string | undefined): FieldError[] {
  if (!group) return [field.required('spec.group')];
  const problems = isDns1123Subdomain(group);
  if (problems.length) return [field.invalid('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [field.invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateScope(scope: string | undefined): FieldError[] {
  if (!scope) return [field.required('spec.scope')];
  const scopes = ['Cluster', 'Namespaced'];
  return scopes.includes(scope) ? [] : [field.notSupported('spec.scope', scope, scopes)];
}

export const validateCrd = (crd: CustomResourceDefinition): FieldError[] => validateSpec(crd);

function validateSpec(crd: CustomResourceDefinition, old?: Readonly<CustomResourceDefinition>): FieldError[] {
  const { spec, metadata } = crd;
  if (!spec) return [field.required('spec')];
  const errors: FieldError[] = [];
  if (metadata.name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`) {
    errors.push(field.invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  return [
    ...errors,
    ...validateGroup(spec.group),
    ...validateScope(spec.scope),
    ...validateVersions(spec.versions ?? []),
    ...validateSchemas(spec.versions ?? [], old?.spec.versions),
    ...validateNames(spec.names, 'spec.names'),
  ];
}

export function validateCrdUpdate(
  crd: CustomResourceDefinition,
  old: Readonly<CustomResourceDefinition>,
): FieldError[] {
  const errors = [
    ...validateSpec(crd, old),
    ...validateImmutable(crd.spec.group, old.spec.group, 'spec.group'),
    ...validateImmutable(crd.spec.names?.plural, old.spec.names.plural, 'spec.names.plural'),
  ];
  if (old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) {
    errors.push(
      ...validateImmutable(crd.spec.scope, old.spec.scope, 'spec.scope'),
      ...validateImmutable(crd.spec.names?.kind, old.spec.names.kind, 'spec.names.kind'),
    );
  }
  const names = new Set((crd.spec.versions ?? []).map(({ name }) => name));
  (crd.status?.storedVersions ?? []).forEach((version, index) => {
    if (!names.has(version)) {
      errors.push(
        field.invalid(
          `status.storedVersions[${index}]`,
          version,
          'missing from spec.versions; '.concat(
            `${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
          ),
        ),
      );
    }
  });
  return errors;
}
