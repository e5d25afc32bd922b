import fc from 'fast-check';
import { applyDefaults } from '../apply-defaults';
import { prune } from '../prune';
import { validateSchema } from '../validate/validate-schema';
import { customResourceSchema } from './custom-resource-schema';
import { fromJsonSchemaProps, toJsonSchemaProps, type JsonSchemaProps } from './json-schema-props';
import { validateStructural } from './validate-structural';

const problems = (schema: JsonSchemaProps) =>
  validateStructural(schema, 'schema').map((error) => `${error.field}: ${error.type}: ${error.detail}`);

describe('a custom resource definition schema', () => {
  const schema: JsonSchemaProps = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['size'],
        properties: {
          size: { type: 'integer', minimum: 1, default: 2 },
          port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          items: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', properties: { name: { type: 'string' } } },
          },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
        },
        oneOf: [{ required: ['size'] }, { properties: { port: { enum: [1] } } }],
      },
    },
  };

  it('survives the conversion to a structural schema and back', () => {
    expect(toJsonSchemaProps(fromJsonSchemaProps(schema))).toEqual(schema);
  });

  it('has no properties but its own', () => {
    expect(fromJsonSchemaProps(schema).properties?.['constructor']).toBeUndefined();
  });

  it('is structural', () => expect(problems(schema)).toEqual([]));

  it.each<[JsonSchemaProps, string]>([
    [{}, 'schema.type: FieldValueRequired: must not be empty at the root'],
    [{ type: 'array', items: { type: 'string' } }, 'schema.type: FieldValueInvalid: must be object at the root'],
    [
      { type: 'object', properties: { a: {} } },
      'schema.properties[a].type: FieldValueRequired: must not be empty for specified object fields',
    ],
    [
      { type: 'object', properties: { a: { type: 'array' } } },
      'schema.properties[a].items: FieldValueRequired: must be specified',
    ],
    [
      { type: 'object', properties: { a: { type: 'array', items: {} } } },
      'schema.properties[a].items.type: FieldValueRequired: must not be empty for specified array items',
    ],
    [
      { type: 'object', properties: { a: { type: 'string', pattern: '(' } } },
      'schema.properties[a].pattern: FieldValueInvalid: must be a valid regular expression',
    ],
    [
      { type: 'object', additionalProperties: true },
      'schema.additionalProperties: FieldValueForbidden: must not be used at the root',
    ],
    [
      { type: 'object', properties: { a: { type: 'object', anyOf: [{ type: 'object' }] } } },
      'schema.properties[a].anyOf[0].type: FieldValueForbidden: must be empty to be structural',
    ],
    [
      { type: 'object', anyOf: [{ properties: { b: { minimum: 1 } } }] },
      'schema.properties[b]: FieldValueRequired: because it is defined in schema.anyOf[0].properties[b]',
    ],
    [
      { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
      'schema.properties[metadata]: FieldValueForbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ],
    [
      {
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' } },
      },
      'schema.properties[a].x-kubernetes-list-map-keys: FieldValueRequired: must not be empty if x-kubernetes-list-type is map',
    ],
  ])('%j is refused', (bad, expected) => {
    expect(problems(bad).some((problem) => problem.startsWith(expected))).toBe(true);
  });

  it('converts any value rules without loss', () => {
    const rules = fc.record(
      {
        minimum: fc.integer(),
        maxLength: fc.nat(),
        nullable: fc.boolean(),
        description: fc.string(),
        enum: fc.array(fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(rules, (props) => {
        expect(toJsonSchemaProps(fromJsonSchemaProps(props))).toEqual(props);
      }),
    );
  });

  it('gains apiVersion, kind and metadata as a resource', () => {
    const resource = customResourceSchema({
      ...schema,
      properties: {
        ...schema.properties,
        metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 3 } } },
      },
    });
    const object = {
      apiVersion: 'example.com/v1',
      kind: 'Foo',
      metadata: { name: 'long', labels: { a: 'b' }, creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { port: 'http' },
    };
    expect(prune(resource, object, { isResourceRoot: true })).toEqual([]);
    applyDefaults(resource, object);
    expect(object.spec).toEqual({ port: 'http', size: 2 });
    expect(object.metadata).toEqual({ name: 'long', labels: { a: 'b' }, creationTimestamp: '2026-01-02T03:04:05Z' });
    expect(validateSchema(resource, object).map((error) => error.field)).toEqual(['metadata.name']);
  });

  it('makes a resource of what it embeds', () => {
    const pod: JsonSchemaProps = {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    };
    const resource = customResourceSchema({ type: 'object', properties: { pod } });
    expect(Object.keys(resource.properties?.['pod']?.properties ?? {})).toEqual(['apiVersion', 'kind', 'metadata']);
  });
});
