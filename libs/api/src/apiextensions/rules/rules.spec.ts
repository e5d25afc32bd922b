import { fromJsonSchemaProps, type JsonSchemaProps } from '@nestor/schema';
import { fieldErrorMessage } from '../../errors/field-error';
import { ruleTree } from './rule-tree';
import { runRules } from './run-rules';
import { validateRules } from './validate-rules';

const rules = (...validations: (string | object)[]) => ({
  'x-kubernetes-validations': validations.map((one) => (typeof one === 'string' ? { rule: one } : one)) as any,
});
const inSpec = (spec: JsonSchemaProps, root: object = {}): JsonSchemaProps => ({
  type: 'object',
  ...root,
  properties: { spec: { type: 'object', ...spec } },
});
const wrong = (schema: JsonSchemaProps) =>
  validateRules(fromJsonSchemaProps(schema), 'schema').map((error) => fieldErrorMessage(error));

const count: JsonSchemaProps = { properties: { count: { type: 'integer' }, max: { type: 'integer' } } };

describe('rules of a definition', () => {
  it('are accepted', () => {
    expect(wrong(inSpec({ ...count, ...rules('self.count <= self.max', 'self.count >= oldSelf.count') }))).toEqual([]);
    expect(
      wrong(inSpec({ ...count, ...rules({ rule: 'self == oldSelf.orValue(self)', optionalOldSelf: true }) })),
    ).toEqual([]);
    expect(wrong(inSpec({}, rules('self.metadata.name.startsWith("a")')))).toEqual([]);
  });

  it.each<[string | object, string]>([
    [{ rule: ' ' }, 'rule: Required value: rule is not specified'],
    [{ rule: 'true', message: ' ' }, 'message: Invalid value: " ": message must be non-empty if specified'],
    [{ rule: 'true', message: 'a\nb' }, 'message: Invalid value: "a\\nb": message must not contain line breaks'],
    [{ rule: 'true ||\ntrue' }, 'message: Required value: message must be specified if rule contains line breaks'],
    [
      { rule: 'true', messageExpression: ' ' },
      'messageExpression: Required value: messageExpression must be non-empty if specified',
    ],
    [
      { rule: 'true', reason: 'Other' },
      'reason: Unsupported value: "Other": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
    ],
    [{ rule: 'true', fieldPath: '.nothing' }, 'fieldPath: Invalid value: ".nothing": fieldPath must be a valid path'],
    [
      { rule: 'true', optionalOldSelf: true },
      'optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
    [
      'self.nothing > 0',
      'rule: Invalid value: {"Rule":"self.nothing > 0","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: ' +
        "compilation failed: ERROR: <input>:1:5: undefined field 'nothing'\n | self.nothing > 0\n | ....^",
    ],
    [
      'self.count',
      'rule: Invalid value: {"Rule":"self.count","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool',
    ],
    [
      { rule: 'true', messageExpression: 'self.count' },
      'messageExpression: Invalid value: {"Rule":"true","Message":"","MessageExpression":"self.count","Reason":null,"FieldPath":"","OptionalOldSelf":null}: messageExpression must evaluate to a string',
    ],
  ])('%j is refused', (rule, message) => {
    const path = 'schema.properties[spec].x-kubernetes-validations[0]';
    expect(wrong(inSpec({ ...count, ...rules(rule) }))).toEqual([`${path}.${message}`]);
  });

  it('compare nothing that cannot be told from its neighbours', () => {
    const list = { type: 'array', maxItems: 3, items: { type: 'string', maxLength: 5, ...rules('self == oldSelf') } };
    expect(wrong({ type: 'object', properties: { list } })).toEqual([
      'schema.properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[list]',
    ]);
  });
});

describe('costs of rules', () => {
  const containing = (maxLength: number, maxItems: number) =>
    wrong(
      inSpec({
        properties: {
          tags: {
            type: 'array',
            maxItems,
            items: { type: 'string', maxLength },
            ...rules("self.all(x, x.contains('gpu'))"),
          },
        },
      }),
    );

  // Largest maxItems that kube-apiserver 1.36 takes.
  it.each([
    [16, 909_090],
    [63, 333_333],
    [253, 94_339],
    [1024, 24_154],
  ])('strings of %d are taken in lists of %d and not in longer ones', (maxLength, maxItems) => {
    expect(containing(maxLength, maxItems)).toEqual([]);
    expect(containing(maxLength, maxItems + 1)[0]).toMatch(/estimated rule cost exceeds budget by factor of 1\.0000/);
  });

  it('are too high without bounds', () => {
    const unbounded = { type: 'array', items: { type: 'string' }, ...rules("self.all(x, x.contains('gpu'))") };
    const advice =
      '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
    const rule = 'schema.properties[spec].properties[tags].x-kubernetes-validations[0].rule';
    expect(wrong(inSpec({ properties: { tags: unbounded } }))).toEqual([
      `${rule}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      `${rule}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ]);
  });

  it('of messages count, too', () => {
    const named = (messageExpression: string) => inSpec({ ...count, ...rules({ rule: 'true', messageExpression }) });
    expect(wrong(named('"count " + string(self.count)'))[0]).toMatch(/estimated messageExpression cost exceeds budget/);
    expect(wrong(named('"count %d".format([self.count])'))).toEqual([]);
  });
});

function judge(schema: JsonSchemaProps, object: unknown, old?: unknown) {
  const tree = ruleTree(fromJsonSchemaProps(schema));
  if (!tree) throw new Error('no rules');
  const { errors, warnings } = runRules(tree, object, old);
  return { errors: errors.map(fieldErrorMessage), warnings };
}

describe('rules at work', () => {
  it('refuse with the rule, its message, or what its expression says', () => {
    const schema = inSpec({
      ...count,
      ...rules(
        'self.count <= self.max',
        { rule: 'self.count <= self.max', message: ' too many ' },
        { rule: 'self.count <= self.max', messageExpression: '"%d is over %d".format([self.count, self.max])' },
        { rule: 'self.count <= self.max', message: 'else', messageExpression: '"" + ""' },
        { rule: 'self.count <= self.max', reason: 'FieldValueForbidden', message: 'no', fieldPath: '.count' },
        { rule: 'self.count <= self.max', reason: 'FieldValueRequired', message: 'more' },
      ),
    });
    expect(judge(schema, { spec: { count: 1, max: 1 } }).errors).toEqual([]);
    expect(judge(schema, { spec: { count: 2, max: 1 } }).errors).toEqual([
      'spec: Invalid value: "object": failed rule: self.count <= self.max',
      'spec: Invalid value: "object": too many',
      'spec: Invalid value: "object": 2 is over 1',
      'spec: Invalid value: "object": else',
      'spec.count: Forbidden: no',
      'spec: Required value: more',
    ]);
  });

  it('stand at the root, in lists and in maps', () => {
    const small = { type: 'integer', ...rules('self < 10') };
    const schema: JsonSchemaProps = {
      type: 'object',
      ...rules('self.metadata.name != "bad"'),
      properties: {
        list: { type: 'array', items: small },
        map: { type: 'object', additionalProperties: small },
      },
    };
    const object = { metadata: { name: 'bad' }, list: [1, 20], map: { a: 30 } };
    expect(judge(schema, object).errors).toEqual([
      '<nil>: Invalid value: "object": failed rule: self.metadata.name != "bad"',
      'list[1]: Invalid value: "integer": failed rule: self < 10',
      'map[a]: Invalid value: "integer": failed rule: self < 10',
    ]);
  });

  it('compare with the state before, where there is one', () => {
    const schema = inSpec({ ...count, ...rules({ rule: 'self.count >= oldSelf.count', message: 'never less' }) });
    const spec = (value: number) => ({ spec: { count: value } });
    expect(judge(schema, spec(1)).errors).toEqual([]);
    expect(judge(schema, spec(2), spec(1)).errors).toEqual([]);
    expect(judge(schema, spec(1), spec(2)).errors).toEqual(['spec: Invalid value: "object": never less']);
    const optional = inSpec({
      ...count,
      ...rules({ rule: 'oldSelf.hasValue() || self.count == 0', optionalOldSelf: true, message: 'start at 0' }),
    });
    expect(judge(optional, spec(1)).errors).toEqual(['spec: Invalid value: "object": start at 0']);
    expect(judge(optional, spec(5), spec(0)).errors).toEqual([]);
  });

  it('tell elements of a list apart by their keys', () => {
    const item = {
      type: 'object',
      properties: { name: { type: 'string' }, size: { type: 'integer' } },
      ...rules({ rule: 'self.size >= oldSelf.size', message: 'never smaller' }),
    };
    const list = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: item,
    };
    const schema: JsonSchemaProps = { type: 'object', properties: { list } };
    const before = {
      list: [
        { name: 'a', size: 1 },
        { name: 'b', size: 5 },
      ],
    };
    expect(
      judge(
        schema,
        {
          list: [
            { name: 'b', size: 4 },
            { name: 'c', size: 0 },
            { name: 'a', size: 2 },
          ],
        },
        before,
      ).errors,
    ).toEqual(['list[0]: Invalid value: "object": never smaller']);
  });

  it('forgive what was wrong before and is not touched', () => {
    const schema = inSpec({ ...count, properties: { ...count.properties, other: { type: 'string' } } });
    const strict = inSpec({
      properties: { ...schema.properties?.['spec']?.properties, count: { type: 'integer', ...rules('self > 10') } },
    });
    const result = judge(strict, { spec: { count: 1, other: 'new' } }, { spec: { count: 1, other: 'old' } });
    expect(result).toEqual({
      errors: [],
      warnings: ['spec.count: Invalid value: "integer": failed rule: self > 10'],
    });
    expect(judge(strict, { spec: { count: 2 } }, { spec: { count: 1 } }).errors).toHaveLength(1);
  });

  it('tell what went wrong in them', () => {
    const schema = inSpec({ ...count, ...rules('self.count < self.max') });
    expect(judge(schema, { spec: { count: 1 } }).errors).toEqual([
      'spec: Invalid value: "object": no such key: max evaluating rule: self.count < self.max',
    ]);
    const either = inSpec({ properties: { port: { 'x-kubernetes-int-or-string': true } }, ...rules('self.port > 5') });
    expect(judge(either, { spec: { port: 'http' } }).errors).toEqual([
      'spec: Invalid value: "object": \'no such overload\': call arguments did not match a supported operator, function or macro signature for rule: self.port > 5',
    ]);
  });

  it('end when they cost too much', () => {
    const list = {
      type: 'array',
      items: { type: 'integer' },
      ...rules('self.all(a, self.all(b, self.all(c, true)))', 'false'),
    };
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    expect(judge({ type: 'object', properties: { list } }, { list: numbers }).errors).toEqual([
      'list: Invalid value: "array": \'operation cancelled: actual cost limit exceeded\': no further validation rules will be run due to call cost exceeds limit for rule: self.all(a, self.all(b, self.all(c, true)))',
    ]);
  });
});
