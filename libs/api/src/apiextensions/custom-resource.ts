import { fromJsonSchemaProps, type JsonSchemaProps, type StructuralSchema } from '@nestor/schema';
import type { ApiObject, CustomResourceDefinition } from '../meta/json-types';
import { ageSince } from '../meta/human-duration';
import { compileJsonPath } from '../meta/simple-json-path';
import { ageColumn, defineKind, nameColumn } from '../registry/define-kind';
import { resourceKey } from '../resource-definition';
import type {
  ResourceConversion,
  ResourceDefinition,
  RestStrategy,
  RunRules,
  ScaleSubresource,
  TableColumn,
} from '../resource-definition';

import { runRules } from './rules/run-rules';
import { ruleTree } from './rules/rule-tree';

type Version = CustomResourceDefinition['spec']['versions'][number];
type PrinterColumn = NonNullable<Version['additionalPrinterColumns']>[number];

/** Makes the schema of one version from its openAPIV3Schema; libs/schema holds the translation. */
export type SchemaOf = (openApiV3Schema: unknown, crd: CustomResourceDefinition, version: string) => StructuralSchema;

const columnTypes: Readonly<Record<string, TableColumn['type']>> = {
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
};

const ageByDefault: PrinterColumn[] = [
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: ageColumn.description },
];

function columnsOf(printed: readonly PrinterColumn[]): TableColumn[] {
  return [
    nameColumn,
    ...printed.map(({ name, type, format, description, priority }): TableColumn => ({
      name,
      type: columnTypes[type] ?? 'string',
      ...(format ? { format } : {}),
      description: description ?? '',
      ...(priority ? { priority } : {}),
    })),
  ];
}

/** One cell as upstream's cellForJSONValue: the first value found, null when it does not fit the column's type. */
function cellOf(type: string, value: unknown, now: Date): unknown {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? (Number.isNaN(Date.parse(value)) ? '<invalid>' : ageSince(value, now)) : null;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function cellsOf(printed: readonly PrinterColumn[]): ResourceDefinition['cells'] {
  const paths = printed.map(({ jsonPath, type }) => ({ find: compileJsonPath(jsonPath), type }));
  return (object, now) => [
    object.metadata.name,
    ...paths.map(({ find, type }) => {
      const [value] = find(object);
      return value === undefined ? null : cellOf(type, value, now);
    }),
  ];
}

/** ".spec.replicas" -> ["spec", "replicas"] */
const segments = (path: string): string[] => path.split('.').filter((part) => part !== '');

function scaleOf(version: Version): ScaleSubresource | undefined {
  const scale = version.subresources?.scale;
  return (
    scale && {
      specReplicasPath: segments(scale.specReplicasPath),
      statusReplicasPath: segments(scale.statusReplicasPath),
      ...(scale.labelSelectorPath ? { selectorPath: segments(scale.labelSelectorPath) } : {}),
    }
  );
}

const envelope = new Set(['apiVersion', 'kind', 'metadata']);

/** With the status subresource, each of the two endpoints leaves the other's part as it was. */
function statusStrategy(): RestStrategy {
  return {
    prepareForCreate: (object) => void delete object['status'],
    prepareForUpdate(object, old, { subresource }) {
      if (subresource !== 'status') {
        if (old['status'] === undefined) delete object['status'];
        else object['status'] = old['status'];
        return;
      }
      for (const key of Object.keys(object)) if (key !== 'status' && !envelope.has(key)) delete object[key];
      for (const [key, value] of Object.entries(old)) {
        if (key !== 'status' && !envelope.has(key)) object[key] = value;
      }
      const { managedFields, resourceVersion } = object.metadata;
      object.metadata = { ...old.metadata, managedFields, resourceVersion };
    },
  };
}

function selectable(version: Version): Pick<ResourceDefinition, 'selectableFields' | 'selectableFieldNames'> {
  const fields = (version.selectableFields ?? []).map(({ jsonPath }) => ({
    name: jsonPath.replace(/^\./, ''),
    find: compileJsonPath(jsonPath),
  }));
  return {
    // Custom resources word the refusal of an unknown field as kinds with fields of their own do.
    selectableFieldNames: fields.map(({ name }) => name),
    selectableFields: (object) =>
      Object.fromEntries(
        fields.map(({ name, find }) => {
          const [value] = find(object);
          return [name, value === undefined ? '' : String(value)];
        }),
      ),
  };
}

/** Conversion strategy None: the versions differ in nothing but apiVersion. */
function conversionOf(group: string, plural: string, served: string, stored: string): ResourceConversion | undefined {
  if (served === stored) return undefined;
  const as = (object: ApiObject, version: string): ApiObject => ({ ...object, apiVersion: `${group}/${version}` });
  return {
    storageKey: resourceKey({ group, plural }),
    toStorage: (object) => as(object, stored),
    fromStorage: (object) => as(object, served),
  };
}

/** Rules are compiled when the first object is written. */
function rulesOf(version: Version): NonNullable<ResourceDefinition['rules']> {
  const props = version.schema?.openAPIV3Schema as JsonSchemaProps | undefined;
  let compiled: { readonly run?: RunRules } | undefined;
  const compile = (): { readonly run?: RunRules } => {
    const tree = props && ruleTree(fromJsonSchemaProps(props));
    return tree ? { run: (object, old) => runRules(tree, object, old) } : {};
  };
  return () => (compiled ??= compile()).run;
}

/** The definition that serves one version of a custom resource. */
export function customResource(
  crd: CustomResourceDefinition,
  version: Version,
  schemaOf: SchemaOf,
): ResourceDefinition {
  const { group, scope } = crd.spec;
  const names = { ...crd.spec.names, ...withoutEmpty(crd.status?.acceptedNames) };
  const printed = version.additionalPrinterColumns?.length ? version.additionalPrinterColumns : ageByDefault;
  const stored = crd.spec.versions.find(({ storage }) => storage)?.name ?? version.name;
  const hasStatus = version.subresources?.status !== undefined;
  const scale = scaleOf(version);
  const conversion = conversionOf(group, names.plural, version.name, stored);
  let schema: StructuralSchema | undefined;
  return defineKind({
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    definition: `${group.split('.').reverse().join('.')}.${version.name}.${names.kind}`,
    schema: () => (schema ??= schemaOf(version.schema?.openAPIV3Schema, crd, version.name)),
    hasStatus,
    ...(scale ? { scale } : {}),
    hasGeneration: true,
    strategy: hasStatus ? statusStrategy() : {},
    columns: columnsOf(printed),
    cells: cellsOf(printed),
    ...selectable(version),
    ...(conversion ? { conversion } : {}),
    custom: true,
    rules: rulesOf(version),
  });
}

/** Names count as accepted where the status says so; before that the spec's are all there is. */
function withoutEmpty<T extends object>(names: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(names ?? {}).filter(([, value]) => value !== '' && value !== undefined),
  ) as Partial<T>;
}

/** One definition for each served version. */
export function customResources(crd: CustomResourceDefinition, schemaOf: SchemaOf): ResourceDefinition[] {
  return crd.spec.versions.filter(({ served }) => served).map((version) => customResource(crd, version, schemaOf));
}
