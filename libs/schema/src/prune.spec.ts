import fc from 'fast-check';
import { prune } from './prune';
import type { StructuralSchema } from './structural-schema';

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
        free: {
          type: 'object',
          preserveUnknownFields: true,
          properties: { known: { type: 'object', properties: {} } },
        },
        map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
        pod: { type: 'object', embeddedResource: true, properties: {} },
      },
    },
  },
};

describe('prune', () => {
  it('drops what the schema does not name and tells the paths', () => {
    const value = {
      apiVersion: 'v1',
      kind: 'Foo',
      metadata: { name: 'a', typo: 1 },
      other: 1,
      spec: {
        size: 1,
        extra: { deep: 1 },
        list: [{ a: 'x' }, { b: 1 }],
        free: { any: { thing: 1 }, known: { gone: 1 } },
        map: { k: { a: 'x', b: 1 } },
        pod: { kind: 'Pod', metadata: { name: 'p' }, spec: {} },
      },
    };
    expect(prune(schema, value, { isResourceRoot: true })).toEqual([
      'metadata.typo',
      'other',
      'spec.extra',
      'spec.list[1].b',
      'spec.free.known.gone',
      'spec.map.k.b',
      'spec.pod.spec',
    ]);
    expect(value.spec).toEqual({
      size: 1,
      list: [{ a: 'x' }, {}],
      free: { any: { thing: 1 }, known: {} },
      map: { k: { a: 'x' } },
      pod: { kind: 'Pod', metadata: { name: 'p' } },
    });
  });

  it('drops nothing the second time', () => {
    fc.assert(
      fc.property(fc.record({ spec: fc.jsonValue() }), (value) => {
        prune(schema, value);
        expect(prune(schema, value)).toEqual([]);
      }),
    );
  });
});
