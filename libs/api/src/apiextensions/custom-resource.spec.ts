import { changed, context, created, createErrors, updateErrors } from '../../test/created';
import type { ApiObject, CustomResourceDefinition } from '../meta/json-types';
import { compileJsonPath } from '../meta/simple-json-path';
import { establishedStatus } from './crd-conditions';
import { customResources } from './custom-resource';

const version = {
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
};
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'foos.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'foos', kind: 'Foo' }, versions: [version] },
};
const withVersion = (extra: object) => changed(crd, { spec: { versions: [{ ...version, ...extra }] } });
const stored = (manifest: object = crd) => created<CustomResourceDefinition>(manifest);

describe('CustomResourceDefinition', () => {
  it('gets its names and the version it is stored at', () => {
    expect(stored()).toMatchObject({
      spec: { names: { singular: 'foo', listKind: 'FooList' }, conversion: { strategy: 'None' } },
      status: { storedVersions: ['v1'] },
    });
  });

  it.each<[string, object, string[]]>([
    ['nothing wrong', crd, []],
    [
      'another name',
      changed(crd, { metadata: { name: 'x.example.com' } }),
      ['metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'],
    ],
    [
      'no schema',
      withVersion({ schema: undefined }),
      ['spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
    ],
    [
      'a root that is no object',
      withVersion({ schema: { openAPIV3Schema: { type: 'string' } } }),
      ['spec.validation.openAPIV3Schema.type: Invalid value: "string": must be object at the root'],
    ],
    [
      'an untyped property',
      withVersion({ schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } }),
      [
        'spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
      ],
    ],
    [
      'a bad scope',
      changed(crd, { spec: { scope: 'Galaxy' } }),
      ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
    ],
    [
      'replicas elsewhere',
      withVersion({
        subresources: { scale: { specReplicasPath: '.replicas', statusReplicasPath: '.status.replicas' } },
      }),
      [
        'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".replicas": should be a json path under .spec',
      ],
    ],
  ])('with %s', (_, manifest, messages) => expect(createErrors(manifest)).toEqual(messages));

  it('needs exactly one storage version', () => {
    expect(createErrors(withVersion({ storage: false }))[0]).toMatch(
      /^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/,
    );
  });

  it('keeps its group', () => {
    const other = changed(crd, { metadata: { name: 'foos.other.com' }, spec: { group: 'other.com' } });
    expect(updateErrors(crd, other)).toEqual(['spec.group: Invalid value: "other.com": field is immutable']);
  });

  it('is established once its names are free', () => {
    const free = { resources: new Set<string>(), kinds: new Set<string>() };
    const status = establishedStatus(stored(), free, '2026-01-01T00:00:00Z');
    expect(status.conditions?.map(({ type, status: value, reason }) => [type, value, reason])).toEqual([
      ['NamesAccepted', 'True', 'NoConflicts'],
      ['Established', 'True', 'InitialNamesAccepted'],
    ]);
    const done = { ...stored(), status };
    expect(establishedStatus(done, free, '2026-01-02T00:00:00Z')).toBe(status);
    const refused = establishedStatus(stored(), { ...free, kinds: new Set(['Foo']) }, '2026-01-01T00:00:00Z');
    expect(refused.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'KindConflict',
      message: '"Foo" is already in use',
    });
  });
});

describe('a custom resource', () => {
  const object = (rest: object): ApiObject => ({
    apiVersion: 'example.com/v1',
    kind: 'Foo',
    metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
    ...rest,
  });
  const now = new Date('2026-01-01T00:01:00Z');
  const made = (manifest: object) => customResources(stored(manifest), () => ({ type: 'object' }));

  it('shows name and age unless told otherwise', () => {
    const [definition] = made(crd);
    expect(definition?.columns.map(({ name }) => name)).toEqual(['Name', 'Age']);
    expect(definition?.cells(object({}), now)).toEqual(['a', '60s']);
  });

  it('prints its columns, null where there is nothing', () => {
    const [definition] = made(
      withVersion({
        additionalPrinterColumns: [
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Gone', type: 'string', jsonPath: '.spec.gone' },
        ],
      }),
    );
    const given = object({ spec: { replicas: 3 }, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    expect(definition?.cells(given, now)).toEqual(['a', 3, 'True', null]);
  });

  it('has scale, status and fields where the version says so', () => {
    const [definition] = made(
      withVersion({
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        selectableFields: [{ jsonPath: '.spec.color' }],
      }),
    );
    expect(definition).toMatchObject({
      hasStatus: true,
      scale: { specReplicasPath: ['spec', 'replicas'], selectorPath: ['status', 'selector'] },
      selectableFieldNames: ['spec.color'],
    });
    expect(definition?.selectableFields?.(object({ spec: { color: 'red' } }))).toEqual({ 'spec.color': 'red' });
    const old = object({ spec: { color: 'red' }, status: { a: 1 } });
    const status = object({ spec: { color: 'blue' }, status: { a: 2 } });
    definition?.strategy.prepareForUpdate?.(status, old, context('status'));
    expect(status).toMatchObject({ spec: { color: 'red' }, status: { a: 2 } });
    const main = object({ spec: { color: 'blue' }, status: { a: 2 } });
    definition?.strategy.prepareForUpdate?.(main, old, context());
    expect(main).toMatchObject({ spec: { color: 'blue' }, status: { a: 1 } });
  });

  it('is served at every version and stored at one', () => {
    const definitions = made(
      changed(crd, { spec: { versions: [version, { ...version, name: 'v2', storage: false }] } }),
    );
    expect(definitions.map((one) => one.version)).toEqual(['v1', 'v2']);
    expect(definitions[1]?.conversion?.toStorage(object({ apiVersion: 'example.com/v2' })).apiVersion).toBe(
      'example.com/v1',
    );
  });
});

describe('simple JSONPath', () => {
  const root = { a: { b: [1, { c: 'x' }], 'd.e': 2 }, n: null };
  it.each<[string, unknown[]]>([
    ['.a.b[0]', [1]],
    ['{.a.b[1].c}', ['x']],
    ["$.a['d.e']", [2]],
    ['.a.d\\.e', [2]],
    ['.a.b[*]', [1, { c: 'x' }]],
    ['.n.x', []],
  ])('%s', (path, values) => expect(compileJsonPath(path)(root)).toEqual(values));
  it('refuses the rest', () => expect(() => compileJsonPath('.a[?(@.b>1)]')).toThrow(SyntaxError));
});
