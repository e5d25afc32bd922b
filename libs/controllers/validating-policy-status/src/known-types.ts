import { builtInByKind, builtInByPlural, type CustomResourceDefinition, type DeepReadonly } from '@nestor/api';
import { schemaType } from '@nestor/cel';
import { fromJsonSchemaProps, type JsonSchemaProps } from '@nestor/schema';
import type { KnownTypes } from './type-check.plan';

type Definition = DeepReadonly<CustomResourceDefinition>;

/** The kinds that every server has, and those that definitions make. */
export function knownTypes(definitions: () => readonly Definition[]): KnownTypes {
  const find = (group: string, named: (names: Definition['spec']['names']) => boolean): Definition | undefined =>
    definitions().find(({ spec }) => spec.group === group && named(spec.names));
  return {
    kindOf(group, version, resource) {
      const kind =
        builtInByPlural(group, version, resource)?.kind ??
        find(group, ({ plural }) => plural === resource)?.spec.names.kind;
      return kind === undefined ? undefined : { group, version, kind };
    },
    typeOf({ group, version, kind }) {
      const builtIn = builtInByKind(group, version, kind);
      if (builtIn) return schemaType(builtIn.schema(), kind, true);
      const served = find(group, (names) => names.kind === kind)?.spec.versions.find(({ name }) => name === version);
      const props = served?.schema?.openAPIV3Schema as JsonSchemaProps | undefined;
      return props && schemaType(fromJsonSchemaProps(props), kind, true);
    },
  };
}
