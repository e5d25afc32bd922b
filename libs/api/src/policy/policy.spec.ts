import { changed, created, createErrors, definitionOf, updateErrors } from '../../test/created';
import type { PodDisruptionBudget } from '../meta/json-types';

const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'default' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
};

describe('PodDisruptionBudget', () => {
  it('starts without a verdict', () => {
    const { status } = created<PodDisruptionBudget>(changed(budget, { status: { disruptionsAllowed: 5 } }));
    expect(status).toEqual({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 });
  });

  it.each<[string, object, string[]]>([
    ['nothing wrong', {}, []],
    ['a share', { minAvailable: '30%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }, []],
    ['no selector at all', { selector: undefined }, []],
    [
      'a negative number',
      { minAvailable: -1 },
      ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'text',
      { minAvailable: 'some' },
      [
        `spec.minAvailable: Invalid value: "some": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      ],
    ],
    [
      'more than all',
      { minAvailable: undefined, maxUnavailable: '101%' },
      ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'another policy',
      { unhealthyPodEvictionPolicy: 'Never' },
      [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    ],
    [
      'a selector that is none',
      { selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } },
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    ],
  ])('with %s', (_, spec, messages) => expect(createErrors(changed(budget, { spec }))).toEqual(messages));

  it('takes one bound, not both', () => {
    const both = changed(budget, { spec: { maxUnavailable: 1 } });
    expect(createErrors(both)[0]).toMatch(
      /^spec: Invalid value: .*minAvailable and maxUnavailable cannot be both set$/,
    );
  });

  it('may be changed', () => {
    expect(updateErrors(budget, changed(budget, { spec: { minAvailable: 2 } }))).toEqual([]);
  });

  it('shows its bounds', () => {
    const { cells } = definitionOf('policy/v1', 'PodDisruptionBudget');
    const stored = created<PodDisruptionBudget>(budget);
    expect(cells(stored, new Date()).slice(0, 4)).toEqual(['web', '1', 'N/A', 0]);
  });
});
