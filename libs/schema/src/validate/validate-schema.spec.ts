import fc from 'fast-check';
import type { StructuralSchema } from '../structural-schema';
import { validateSchema } from './validate-schema';

const one = (schema: StructuralSchema, value: unknown) => validateSchema(schema, value, 'spec.x')[0];

describe('validateSchema', () => {
  it.each<[StructuralSchema, unknown, string]>([
    [{ type: 'integer' }, 'a', 'FieldValueTypeInvalid "string" spec.x in body must be of type integer: "string"'],
    [{ type: 'integer' }, 1.5, 'FieldValueTypeInvalid "number" spec.x in body must be of type integer: "number"'],
    [{ type: 'string' }, null, 'FieldValueTypeInvalid "null" spec.x in body must be of type string: "null"'],
    [
      { intOrString: true },
      true,
      'FieldValueTypeInvalid "boolean" spec.x in body must be of type integer,string: "boolean"',
    ],
    [{ type: 'integer', maximum: 10 }, 20, 'FieldValueInvalid 20 spec.x in body should be less than or equal to 10'],
    [
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      1,
      'FieldValueInvalid 1 spec.x in body should be greater than 1',
    ],
    [{ type: 'integer', multipleOf: 3 }, 4, 'FieldValueInvalid 4 spec.x in body should be a multiple of 3'],
    [{ type: 'string', pattern: '^a+$' }, 'b', `FieldValueInvalid "b" spec.x in body should match '^a+$'`],
    [{ type: 'string', minLength: 2 }, 'b', 'FieldValueInvalid "b" spec.x in body should be at least 2 chars long'],
    [{ type: 'string', maxLength: 2 }, 'bbb', 'FieldValueTooLong "bbb" may not be more than 2 bytes'],
    [{ type: 'string', enum: ['A', 'B'] }, 'C', 'FieldValueNotSupported "C" supported values: "A", "B"'],
    [
      { type: 'string', format: 'date-time' },
      'noon',
      'FieldValueTypeInvalid "noon" spec.x in body must be of type date-time: "noon"',
    ],
    [{ type: 'array', minItems: 1 }, [], 'FieldValueInvalid 0 spec.x in body should have at least 1 items'],
    [{ type: 'array', maxItems: 1 }, [1, 2], 'FieldValueTooMany 2 must have at most 1 item'],
    [{ type: 'object', maxProperties: 2 }, { a: 1, b: 1, c: 1 }, 'FieldValueTooMany 3 must have at most 2 items'],
    [{ not: { type: 'string' } }, 'a', 'FieldValueInvalid "" "spec.x" must not validate the schema (not)'],
    [
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      'FieldValueInvalid "" "spec.x" must validate one and only one schema (oneOf). Found none valid',
    ],
    [
      { anyOf: [{ minimum: 3 }, { maximum: 1 }] },
      2,
      'FieldValueInvalid "" "spec.x" must validate at least one schema (anyOf)',
    ],
  ])('%j refuses %j', (schema, value, expected) => {
    const error = one(schema, value);
    expect(`${error?.type} ${JSON.stringify(error?.badValue)} ${error?.detail}`).toBe(expected);
    expect(error?.field).toBe('spec.x');
  });

  it('names a missing field, an item and a map value by path', () => {
    const schema: StructuralSchema = {
      type: 'object',
      required: ['name'],
      properties: {
        list: { type: 'array', items: { type: 'string' } },
        map: { type: 'object', additionalProperties: { type: 'integer' } },
      },
    };
    const fields = validateSchema(schema, { list: ['a', 1], map: { k: 'v' } }, 'spec').map((error) => error.field);
    expect(fields).toEqual(['spec.list[1]', 'spec.map.k', 'spec.name']);
  });

  it('finds duplicates in sets and maps', () => {
    expect(one({ type: 'array', listType: 'set', items: { type: 'string' } }, ['a', 'b', 'a'])).toEqual({
      type: 'FieldValueDuplicate',
      field: 'spec.x[2]',
      badValue: 'a',
      detail: '',
    });
    const map: StructuralSchema = { type: 'array', listType: 'map', listMapKeys: ['name'], items: { type: 'object' } };
    expect(
      one(map, [
        { name: 'a', v: 1 },
        { name: 'a', v: 2 },
      ]),
    ).toMatchObject({ field: 'spec.x[1]', badValue: { name: 'a' } });
  });

  it('allows null only where the schema does', () => {
    expect(validateSchema({ type: 'string', nullable: true }, null)).toEqual([]);
  });

  it('is not stalled by a pattern that backtracking engines choke on', () => {
    expect(one({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(5000)}b`)?.type).toBe('FieldValueInvalid');
  });

  it('accepts exactly the JSON type it names', () => {
    const isType: Record<string, (value: unknown) => boolean> = {
      object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      array: Array.isArray,
      string: (value) => typeof value === 'string',
      integer: (value) => Number.isInteger(value),
      number: (value) => typeof value === 'number',
      boolean: (value) => typeof value === 'boolean',
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(isType)), fc.jsonValue(), (type, value) => {
        const errors = validateSchema({ type: type as 'object' }, value, 'x');
        expect(errors.length === 0).toBe(isType[type]?.(value));
      }),
    );
  });
});
