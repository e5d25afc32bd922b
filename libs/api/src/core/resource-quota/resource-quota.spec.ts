import { changed, context, created, createErrors, definitionOf, updateErrors } from '../../../test/created';
import type { ApiObject, ResourceQuota } from '../../meta/json-types';

const quota = (spec: object): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'x', namespace: 'default' },
  spec,
});
const selector = (...matchExpressions: object[]) => ({ scopeSelector: { matchExpressions } });

describe('ResourceQuota', () => {
  it.each<[string, object, string[]]>([
    ['what can be counted', { hard: { pods: 3, 'requests.cpu': '1', 'count/widgets.example.com': '2' } }, []],
    ['huge pages and devices', { hard: { 'hugepages-2Mi': '4Mi', 'requests.example.com/gpu': '1' } }, []],
    [
      'a name that means nothing',
      { hard: { bananas: '1' } },
      [
        'spec.hard[bananas]: Invalid value: "bananas": must be a standard resource type or fully qualified',
        'spec.hard[bananas]: Invalid value: "bananas": must be a standard resource for quota',
      ],
    ],
    [
      'storage outside a request',
      { hard: { storage: '1Gi' } },
      ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota'],
    ],
    ['negative', { hard: { cpu: '-1' } }, ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
    ['half a pod', { hard: { pods: '500m' } }, ['spec.hard[pods]: Invalid value: "500m": must be an integer']],
    [
      'a scope of pods over something else',
      { hard: { services: '1' }, scopes: ['Terminating'] },
      ['spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource'],
    ],
    [
      'scopes that exclude each other',
      { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ],
    ['an unknown scope', { scopes: ['Odd'] }, ['spec.scopes: Invalid value: ["Odd"]: unsupported scope']],
    [
      'priority classes',
      { hard: { pods: '1' }, ...selector({ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }) },
      [],
    ],
    [
      'a selector without values',
      selector({ scopeName: 'PriorityClass', operator: 'In' }),
      [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
    [
      'values where none belong',
      selector({ scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] }),
      [
        "spec.scopeSelector.matchExpressions.values: Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
      ],
    ],
    [
      'an unknown operator',
      selector({ scopeName: 'PriorityClass', operator: 'Near' }),
      ['spec.scopeSelector.matchExpressions.operator: Invalid value: "Near": not a valid selector operator'],
    ],
    [
      'a plain scope with values',
      selector({ scopeName: 'BestEffort', operator: 'In', values: ['a'] }),
      [
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exist\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
      ],
    ],
  ])('%s', (_name, spec, messages) => expect(createErrors(quota(spec))).toEqual(messages));

  it('keeps its scopes', () => {
    const scoped = quota({ hard: { pods: '1' }, scopes: ['BestEffort'] });
    expect(updateErrors(scoped, changed(scoped, { spec: { hard: { pods: '2' }, scopes: ['BestEffort'] } }))).toEqual(
      [],
    );
    expect(updateErrors(scoped, quota({ hard: { pods: '1' } }))).toEqual([
      'spec.scopes: Invalid value: null: field is immutable',
    ]);
  });

  it('starts without a status, in canonical amounts', () => {
    const stored = created<ResourceQuota>({ ...quota({ hard: { cpu: '1000m' } }), status: { used: { cpu: '1' } } });
    expect(stored.spec?.hard).toEqual({ cpu: '1' });
    expect(stored.status).toEqual({});
  });

  it('takes a status through its subresource alone', () => {
    const { strategy } = definitionOf('v1', 'ResourceQuota');
    const old = { ...quota({ hard: { pods: '1' } }), status: { used: { pods: '1' } } };
    const viaMain = { ...quota({ hard: { pods: '2' } }), status: {} };
    strategy.prepareForUpdate?.(viaMain, old, context());
    expect(viaMain).toMatchObject({ spec: { hard: { pods: '2' } }, status: { used: { pods: '1' } } });
    const viaStatus = { ...quota({ hard: { pods: '2' } }), status: { used: { bananas: '0' } } };
    strategy.prepareForUpdate?.(viaStatus, old, context('status'));
    expect(viaStatus).toMatchObject({ spec: { hard: { pods: '1' } } });
    const errors = strategy.validateUpdate?.(viaStatus, old, context('status'));
    expect(errors?.map(({ field }) => field)).toEqual(['status.used[bananas]', 'status.used[bananas]']);
  });

  it('prints requests and limits apart', () => {
    const used = {
      ...quota({}),
      status: { hard: { pods: '3', 'limits.cpu': '2', cpu: '1' }, used: { pods: '1', 'limits.cpu': '500m' } },
    };
    const cells = definitionOf('v1', 'ResourceQuota').cells(used, new Date('2026-01-01T00:00:00Z'));
    expect(cells.slice(0, 3)).toEqual(['x', 'cpu: 0/1, pods: 1/3', 'limits.cpu: 500m/2']);
  });
});
