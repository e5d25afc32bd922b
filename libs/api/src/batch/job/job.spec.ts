import { changed, context, created, createErrors, definitionOf, updateErrors } from '../../../test/created';
import type { Job } from '../../meta/json-types';

const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'pi', namespace: 'default', uid: 'u1' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1' }] } } },
};
const definition = definitionOf('batch/v1', 'Job');
const generated = {
  'job-name': 'pi',
  'batch.kubernetes.io/job-name': 'pi',
  'controller-uid': 'u1',
  'batch.kubernetes.io/controller-uid': 'u1',
};

describe('Job', () => {
  it('is stored with its defaults, a selector of its own and the labels of its pods', () => {
    const stored = created<Job>(job);
    expect(stored.spec).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } },
    });
    expect(stored.spec?.template.metadata?.labels).toEqual(generated);
    expect(stored.metadata.labels).toEqual(generated);
  });

  it('takes its labels along when its generated name was taken', () => {
    const stored = created<Job>(job);
    stored.metadata.name = 'other';
    definition.strategy.renamed?.(stored, 'pi');
    expect(definition.strategy.validate?.(stored, context())).toEqual([]);
    expect(stored.metadata.labels).toMatchObject({ 'job-name': 'other', 'controller-uid': 'u1' });
  });

  it.each<[string, object, object]>([
    ['parallelism alone leaves completions open', { parallelism: 3 }, { parallelism: 3, completions: undefined }],
    ['completions alone run one by one', { completions: 3 }, { parallelism: 1, completions: 3 }],
    [
      'limits per index lift the limit of all',
      { completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 1 },
      { backoffLimit: 2147483647 },
    ],
    [
      'a failure policy waits for pods to fail',
      { podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } },
      {
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
        },
      },
    ],
  ])('%s', (_, spec, expected) => {
    const stored = created<Job>(changed(job, { spec }));
    const held = stored.spec as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) expect(held[key]).toEqual(value);
  });

  const indexed = { completionMode: 'Indexed', completions: 3 };
  const rule = (given: object): object => ({ podFailurePolicy: { rules: [given] } });
  it.each<[string, object, string[]]>([
    ['nothing wrong', {}, []],
    [
      'counts below zero',
      { parallelism: -1 },
      ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'pods that never end',
      { template: { spec: { restartPolicy: 'Always' } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'labels that belong to another',
      { template: { metadata: { labels: { 'job-name': 'other' } } } },
      [
        'spec.template.metadata.labels[job-name]: Invalid value: {"job-name":"other","batch.kubernetes.io/job-name":"pi","controller-uid":"u1","batch.kubernetes.io/controller-uid":"u1"}: must be \'pi\'',
      ],
    ],
    [
      'a selector of its own without saying so',
      { selector: { matchLabels: { app: 'x' } } },
      [
        'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u1","app":"x"}}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: {"job-name":"pi","batch.kubernetes.io/job-name":"pi","controller-uid":"u1","batch.kubernetes.io/controller-uid":"u1"}: `selector` does not match template `labels`',
      ],
    ],
    ['a manual selector left out', { manualSelector: true }, ['spec.selector: Required value']],
    [
      'indexes without a number',
      { completionMode: 'Indexed', parallelism: 2 },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'an unknown mode',
      { completionMode: 'Random' },
      ['spec.completionMode: Unsupported value: "Random": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      'limits per index without indexes',
      { backoffLimitPerIndex: 1 },
      ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    ],
    [
      'more failed indexes than indexes',
      { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 4 },
      ['spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions'],
    ],
    [
      'very many indexes without a bound on failures',
      { ...indexed, completions: 100_001, backoffLimitPerIndex: 1, parallelism: 10_001 },
      [
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    ],
    [
      'a manager without a domain',
      { managedBy: 'me' },
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      'a success policy without indexes',
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      ['spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode'],
    ],
    [
      'a success policy of too much',
      {
        ...indexed,
        successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }, {}, { succeededIndexes: '7' }] },
      },
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[1]: Required value: at least one of succeededCount or succeededIndexes must be specified',
        'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "7": error parsing succeededIndexes: too large index: "7"',
      ],
    ],
    [
      'a replacement before failure under a failure policy',
      {
        ...rule({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }),
        podReplacementPolicy: 'TerminatingOrFailed',
      },
      ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
    ],
    [
      'a rule about nothing',
      rule({ action: 'Count' }),
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    ],
    [
      'a rule about wrong codes',
      rule({ action: 'FailIndex', onExitCodes: { containerName: 'x', operator: 'In', values: [2, 0, 2] } }),
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered',
      ],
    ],
    [
      'an action there is not',
      rule({ action: 'Restart', onExitCodes: { operator: '', values: [1] } }),
      [
        'spec.podFailurePolicy.rules[0].action: Unsupported value: "Restart": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
        'spec.podFailurePolicy.rules[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]',
      ],
    ],
  ])('with %s', (_, spec, messages) => expect(createErrors(changed(job, { spec }))).toEqual(messages));

  it('keeps hostnames of indexes short enough', () => {
    const name = 'n'.repeat(62);
    const long = changed(job, { metadata: { name }, spec: indexed });
    expect(createErrors(long)).toEqual([
      `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-2`,
    ]);
  });

  describe('updated', () => {
    const before = (spec: object = {}): Job => created<Job>(changed(job, { spec }));
    const place = { template: { spec: { nodeSelector: { zone: 'a' } } } };
    const image = { template: { spec: { containers: [{ name: 'main', image: 'other' }] } } };
    it.each<[string, object, object, RegExp[]]>([
      ['parallelism', {}, { parallelism: 5, backoffLimit: 2, suspend: true, activeDeadlineSeconds: 4 }, []],
      ['completions', {}, { completions: 5 }, [/^spec.completions: Invalid value: 5: field is immutable$/]],
      ['an indexed Job, both numbers', indexed, { completions: 5, parallelism: 5 }, []],
      [
        'an indexed Job, one number',
        indexed,
        { completions: 5 },
        [/^spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism$/],
      ],
      ['the mode', indexed, { completionMode: 'NonIndexed' }, [/^spec.completionMode: .*field is immutable$/]],
      ['the manager', {}, { managedBy: 'a.io/b' }, [/^spec.managedBy: .*field is immutable$/]],
      ['the template', {}, image, [/^spec.template: .*field is immutable$/]],
      ['placement while it runs', {}, place, [/^spec.template: .*field is immutable$/]],
      ['placement while suspended', { suspend: true }, place, []],
      [
        'requests while suspended',
        { suspend: true },
        {
          template: {
            spec: { containers: [{ name: 'main', image: 'busybox:1', resources: { requests: { cpu: '1' } } }] },
          },
        },
        [],
      ],
      ['the image while suspended', { suspend: true }, image, [/^spec.template.spec: .*field is immutable$/]],
    ])('%s', (_, old, next, expected) => {
      const stored = before(old);
      const messages = updateErrors(stored, changed(stored, { spec: next }));
      expect(messages).toHaveLength(expected.length);
      expected.forEach((pattern, index) => expect(messages[index]).toMatch(pattern));
    });
  });

  describe('status', () => {
    const conditions = (...types: string[]): object[] => types.map((type) => ({ type, status: 'True' }));
    const startTime = '2026-01-01T00:00:00Z';
    const completionTime = '2026-01-01T00:00:09Z';
    const complete = { conditions: conditions('SuccessCriteriaMet', 'Complete'), startTime, completionTime };
    const errorsOf = (old: object, next: object, spec: object = {}): string[] => {
      const stored = created<Job>(changed(job, { spec }));
      stored.status = old;
      const object = structuredClone({ ...stored, status: next });
      const errors = definition.strategy.validateUpdate?.(object, stored, {
        now: startTime,
        namespace: 'default',
        user: { name: 't', groups: [] },
        subresource: 'status',
      });
      return (errors ?? []).map((error) => `${error.field}: ${error.detail}`);
    };
    it.each<[string, object, object, string[]]>([
      ['complete', { startTime }, complete, []],
      [
        'counts below zero',
        {},
        { failed: -1 },
        ['status.failed: must be greater than or equal to 0', 'status.failed: cannot decrease the failed counter'],
      ],
      [
        'complete without its criteria',
        { startTime },
        { ...complete, conditions: conditions('Complete') },
        ['status.conditions: cannot set Complete=True condition without the SuccessCriteriaMet=true condition'],
      ],
      [
        'failed at once',
        { startTime },
        { startTime, conditions: conditions('Failed') },
        ['status.conditions: cannot set Failed=True condition without the FailureTarget=true condition'],
      ],
      [
        'complete without a time',
        { startTime },
        { ...complete, completionTime: undefined },
        ['status.completionTime: completionTime is required for Complete jobs'],
      ],
      [
        'complete with pods left',
        { startTime },
        { ...complete, active: 1, terminating: 1, uncountedTerminatedPods: { failed: ['x'] } },
        [
          'status.active: active>0 is invalid for finished job',
          'status.uncountedTerminatedPods: must be empty for finished job',
          'status.terminating: terminating>0 is invalid for finished job',
        ],
      ],
      [
        'complete no more',
        complete,
        { startTime, conditions: conditions('SuccessCriteriaMet') },
        ['status.conditions: cannot disable the terminal Complete=True condition'],
      ],
      ['fewer failures', { failed: 2 }, { failed: 1 }, ['status.failed: cannot decrease the failed counter']],
      [
        'a uid twice',
        {},
        { uncountedTerminatedPods: { succeeded: ['a'], failed: ['a'] } },
        ['status.uncountedTerminatedPods.failed[0]: '],
      ],
      [
        'indexes without indexes',
        {},
        { completedIndexes: '0' },
        ['status.completedIndexes: cannot set non-empty completedIndexes when non-indexed completion mode'],
      ],
      [
        'another start',
        { startTime },
        { startTime: completionTime },
        ['status.startTime: startTime cannot be removed for unsuspended job'],
      ],
      [
        'another start on resuming',
        { startTime, conditions: conditions('Suspended') },
        { startTime: completionTime },
        [],
      ],
    ])('%s', (_, old, next, messages) => expect(errorsOf(old, next)).toEqual(messages));

    it('keeps failed and completed indexes apart', () => {
      const spec = { ...indexed, backoffLimitPerIndex: 1 };
      expect(errorsOf({}, { completedIndexes: '0-1', failedIndexes: '1,2' }, spec)).toEqual([
        'status.failedIndexes: failedIndexes and completedIndexes overlap at index: 1',
      ]);
    });
  });

  it.each<[object, unknown[]]>([
    [{ status: { succeeded: 1, startTime: '2026-01-01T00:00:00Z' } }, ['pi', 'Running', '1/1', '90s', '2m']],
    [
      {
        spec: { completions: undefined, parallelism: 3 },
        status: {
          startTime: '2026-01-01T00:00:00Z',
          completionTime: '2026-01-01T00:00:05Z',
          conditions: [{ type: 'Complete', status: 'True' }],
        },
      },
      ['pi', 'Complete', '0/1 of 3', '5s', '2m'],
    ],
    [{ status: { conditions: [{ type: 'Suspended', status: 'True' }] } }, ['pi', 'Suspended', '0/1', '', '2m']],
  ])('prints %j', (state, cells) => {
    const now = new Date('2026-01-01T00:01:30Z');
    const object = changed(created<Job>(job), { ...state, metadata: { creationTimestamp: '2025-12-31T23:59:30Z' } });
    expect(definition.cells(object, now).slice(0, 5)).toEqual(cells);
  });

  it('can be found by its successes', () => {
    expect(definition.selectableFields?.(changed(created<Job>(job), { status: { succeeded: 4 } }))).toEqual({
      'status.successful': '4',
    });
  });
});
