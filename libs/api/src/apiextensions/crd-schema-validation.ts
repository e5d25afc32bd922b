import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';

/** JSONSchemaProps as far as the structural rules look at it. */
interface SchemaProps {
  type?: string;
  properties?: Record<string, SchemaProps>;
  additionalProperties?: SchemaProps | boolean;
  items?: SchemaProps;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
type Place = 'root' | 'property' | 'items' | 'additional';

const missingType: Readonly<Record<Place, string>> = {
  root: 'must not be empty at the root',
  property: 'must not be empty for specified object fields',
  items: 'must not be empty for specified array items',
  additional: 'must not be empty for specified object fields',
};

function validateType(schema: SchemaProps, place: Place, path: string): FieldError[] {
  const { type } = schema;
  if (!type) {
    const exempt = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
    return exempt && place !== 'root' ? [] : [field.required(`${path}.type`, missingType[place])];
  }
  if (place === 'root' && type !== 'object') return [field.invalid(`${path}.type`, type, 'must be object at the root')];
  return types.includes(type) ? [] : [field.notSupported(`${path}.type`, type, types)];
}

function validateList(schema: SchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type === 'array' && !schema.items) errors.push(field.required(`${path}.items`, 'must be specified'));
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType === 'map' && keys.length === 0) {
    errors.push(
      field.required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'),
    );
  }
  return errors;
}

/** The rules of a structural schema that matter for serving it: every node has a type, lists say what they hold. */
export function validateStructure(schema: object, path: string, place: Place = 'root'): FieldError[] {
  const props = schema as SchemaProps;
  const errors = [...validateType(props, place, path), ...validateList(props, path)];
  if (props.properties && typeof props.additionalProperties === 'object') {
    errors.push(
      field.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  }
  for (const [name, property] of Object.entries(props.properties ?? {})) {
    // metadata of the root is the server's own; it may go untyped but for being an object.
    errors.push(...validateStructure(property, `${path}.properties[${name}]`, 'property'));
  }
  if (props.items) errors.push(...validateStructure(props.items, `${path}.items`, 'items'));
  if (typeof props.additionalProperties === 'object') {
    errors.push(...validateStructure(props.additionalProperties, `${path}.additionalProperties`, 'additional'));
  }
  return errors;
}
