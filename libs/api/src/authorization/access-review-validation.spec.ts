import { fieldErrorMessage } from '../errors/field-error';
import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from './access-review-validation';

type Fields = Record<string, unknown>;

const review = (spec: Fields, metadata: Fields = {}): never =>
  ({ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata, spec }) as never;
const place = 'spec.resourceAttributes';
const selectors = (fieldSelector: Fields, labelSelector?: Fields): Fields => ({
  user: 'joe',
  resourceAttributes: { verb: 'list', resource: 'pods', fieldSelector, ...(labelSelector ? { labelSelector } : {}) },
});
const path = { verb: 'get', path: '/healthz' };

describe('access reviews', () => {
  it.each<[string, Fields, Fields, string[]]>([
    ['a user', { user: 'joe', resourceAttributes: {} }, {}, []],
    ['groups alone', { groups: ['ops'], nonResourceAttributes: path }, {}, []],
    [
      'nobody about nothing',
      {},
      {},
      [
        `${place}: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified`,
        'spec.user: Invalid value: "": at least one of user or group must be specified',
      ],
    ],
    [
      'both',
      { user: 'joe', resourceAttributes: {}, nonResourceAttributes: path },
      {},
      [
        'spec.nonResourceAttributes: Invalid value: {"Path":"/healthz","Verb":"get"}: cannot be specified in combination with resourceAttributes',
      ],
    ],
    ['managed fields', { user: 'joe', resourceAttributes: {} }, { managedFields: [{ manager: 'x' }] }, []],
    [
      'a name',
      { user: 'joe', resourceAttributes: {} },
      { name: 'x' },
      ['metadata: Invalid value: {"name":"x"}: must be empty'],
    ],
    ['a raw selector', selectors({ rawSelector: 'a=b' }), {}, []],
    [
      'both forms of a selector',
      selectors({ rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] }),
      {},
      [`${place}.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`],
    ],
    [
      'no form of a selector',
      selectors({}, { requirements: [] }),
      {},
      ['fieldSelector', 'labelSelector'].map(
        (name) =>
          `${place}.${name}.requirements: Required value: when ${place}.${name} is specified, requirements or rawSelector is required`,
      ),
    ],
    [
      'requirements that make no sense',
      selectors(
        { requirements: [{ key: '', operator: 'In' }] },
        {
          requirements: [
            { key: 'a', operator: 'Exists', values: ['b'] },
            { key: '/', operator: 'NotIn' },
          ],
        },
      ),
      {},
      [
        `${place}.fieldSelector.requirements[0].key: Required value: must be specified`,
        `${place}.fieldSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
        `${place}.labelSelector.requirements[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
        `${place}.labelSelector.requirements[1].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
        expect.stringContaining(`${place}.labelSelector.requirements[1].key: Invalid value: "/": `) as string,
      ],
    ],
    [
      'operators of tomorrow',
      selectors(
        { requirements: [{ key: 'a', operator: 'Like', values: ['b'] }] },
        { requirements: [{ key: 'a', operator: 'Like' }] },
      ),
      {},
      [],
    ],
  ])('with %s', (_what, spec, metadata, expected) => {
    const messages = validateSubjectAccessReview(review(spec, metadata)).map(fieldErrorMessage);
    expect(messages).toEqual(expect.arrayContaining(expected));
    if (expected.length === 0) expect(messages).toEqual([]);
  });

  it('of oneself need no user', () => {
    expect(validateSelfSubjectAccessReview(review({ nonResourceAttributes: path }))).toEqual([]);
  });

  it('of a namespace are about its resources alone', () => {
    const local = (spec: Fields, metadata: Fields): string[] =>
      validateLocalSubjectAccessReview(review({ user: 'joe', ...spec }, metadata)).map(fieldErrorMessage);
    expect(local({ resourceAttributes: { namespace: 'a' } }, { namespace: 'a' })).toEqual([]);
    expect(local({ resourceAttributes: { namespace: 'b' } }, { namespace: 'a', name: 'x' })).toEqual([
      'metadata: Invalid value: {"name":"x"}: must be empty except for namespace',
      `${place}.namespace: Invalid value: "b": must match metadata.namespace`,
    ]);
    expect(local({ nonResourceAttributes: path }, { namespace: 'a' })).toEqual([
      'spec.nonResourceAttributes: Invalid value: {"Path":"/healthz","Verb":"get"}: disallowed on this kind of request',
    ]);
  });
});
