import { askedAccess, subjectOf } from './access-attributes';

const joe = { name: 'joe', groups: [] };
const ask = (resourceAttributes: object) => askedAccess(joe, { resourceAttributes });

describe('what a review asks about', () => {
  it('is a path', () => {
    const { attributes } = askedAccess(joe, { nonResourceAttributes: { verb: 'get', path: '/metrics' } });
    expect(attributes).toMatchObject({ user: joe, verb: 'get', path: '/metrics', resource: '' });
  });

  it('is a resource, of any version unless one is named', () => {
    const what = { verb: 'get', resource: 'pods', subresource: 'log', namespace: 'a', name: 'p' };
    expect(ask({ ...what, group: 'x' }).attributes).toMatchObject({ ...what, apiGroup: 'x', apiVersion: '*' });
    expect(ask({ ...what, version: 'v1' }).attributes).toMatchObject({ apiGroup: '', apiVersion: 'v1' });
  });

  it('is narrowed by selectors in either form', () => {
    const raw = ask({
      fieldSelector: { rawSelector: 'spec.nodeName=n,status.phase!=Failed' },
      labelSelector: { rawSelector: 'app in (a,b),!old' },
    });
    const given = ask({
      fieldSelector: {
        requirements: [
          { key: 'spec.nodeName', operator: 'In', values: ['n'] },
          { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
        ],
      },
      labelSelector: {
        requirements: [
          { key: 'app', operator: 'In', values: ['b', 'a'] },
          { key: 'old', operator: 'DoesNotExist' },
        ],
      },
    });
    for (const { attributes, problems } of [raw, given]) {
      expect(problems).toEqual([]);
      expect(attributes.fieldRequirements?.()).toEqual([
        { field: 'spec.nodeName', operator: '=', value: 'n' },
        { field: 'status.phase', operator: '!=', value: 'Failed' },
      ]);
      expect(attributes.labelRequirements?.()).toEqual([
        { key: 'app', operator: 'in', values: ['a', 'b'] },
        { key: 'old', operator: '!', values: [] },
      ]);
    }
    expect(ask({ verb: 'list' }).attributes.fieldRequirements).toBeUndefined();
  });

  it.each<[string, object, string[]]>([
    ['a raw one', { fieldSelector: { rawSelector: 'foo' } }, ['fieldSelector ignored']],
    ['another', { labelSelector: { rawSelector: 'a in' } }, ['labelSelector ignored']],
    [
      'some requirements',
      {
        fieldSelector: {
          requirements: [
            { key: 'a', operator: 'In', values: ['b', 'c'] },
            { key: 'a', operator: 'Exists' },
            { key: 'a', operator: 'In', values: ['b'] },
          ],
        },
        labelSelector: { requirements: [{ key: 'a', operator: 'Like', values: ['b'] }] },
      },
      ['fieldSelector partially ignored', 'labelSelector ignored'],
    ],
  ])('is broader where %s cannot be read', (_what, selectors, expected) => {
    const { problems } = ask(selectors);
    expect(problems).toEqual(expected.map((text) => `spec.resourceAttributes.${text} due to parse error`));
  });

  it('is of whom it says', () => {
    const extra = { 'acme.com/x': ['y'] };
    expect(subjectOf({ user: 'joe', uid: '1', groups: ['a'], extra })).toEqual({
      name: 'joe',
      uid: '1',
      groups: ['a'],
      extra,
    });
    expect(subjectOf({ groups: ['a'] })).toEqual({ name: '', groups: ['a'] });
  });
});
