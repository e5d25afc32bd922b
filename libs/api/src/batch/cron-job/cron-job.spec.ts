import { changed, created, createErrors, definitionOf, updateErrors } from '../../../test/created';
import type { CronJob } from '../../meta/json-types';

const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly', namespace: 'default' },
  spec: {
    schedule: '0 3 * * *',
    jobTemplate: {
      spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'busybox:1' }] } } },
    },
  },
};

describe('CronJob', () => {
  it('is stored with its defaults, the template left as it is', () => {
    const { spec } = created<CronJob>(cronJob);
    expect(spec).toMatchObject({
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    expect(spec?.jobTemplate.spec).not.toHaveProperty('completions');
    expect(spec?.jobTemplate.spec).not.toHaveProperty('selector');
  });

  it.each<[string, object, string[]]>([
    ['nothing wrong', { timeZone: 'Europe/Berlin' }, []],
    ['no schedule', { schedule: '' }, ['spec.schedule: Required value']],
    [
      'a broken schedule',
      { schedule: '* * *' },
      ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
    ],
    [
      'a zone in the schedule',
      { schedule: 'TZ=UTC 0 0 * * *' },
      [
        'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    ['no zone', { timeZone: '' }, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']],
    [
      'an unknown zone',
      { timeZone: 'Mars/Olympus' },
      ['spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
    ],
    ['a path for a zone', { timeZone: '../etc' }, ['spec.timeZone: Invalid value: "../etc": unknown time zone ../etc']],
    [
      'the zone of the machine',
      { timeZone: 'Local' },
      [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ],
    ],
    [
      'an unknown policy',
      { concurrencyPolicy: 'Queue' },
      ['spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"'],
    ],
    [
      'limits below zero',
      { startingDeadlineSeconds: -1, failedJobsHistoryLimit: -1 },
      [
        'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'a selector in the template',
      { jobTemplate: { spec: { selector: { matchLabels: { a: 'b' } }, manualSelector: true } } },
      [
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
    [
      'pods that never end',
      { jobTemplate: { spec: { template: { spec: { restartPolicy: undefined } } } } },
      ['spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
  ])('with %s', (_, spec, messages) => expect(createErrors(changed(cronJob, { spec }))).toEqual(messages));

  it('leaves room for the minute in the names of its Jobs', () => {
    const name = 'n'.repeat(53);
    const long = changed(cronJob, { metadata: { name } });
    expect(createErrors(long)).toEqual([`metadata.name: Invalid value: "${name}": must be no more than 52 bytes`]);
    expect(updateErrors(long, changed(long, { spec: { suspend: true } }))).toEqual([]);
  });

  it('prints its columns', () => {
    const stored = changed(created<CronJob>(cronJob), {
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      status: { active: [{ name: 'x' }], lastScheduleTime: '2026-01-01T03:00:00Z' },
    });
    const cells = definitionOf('batch/v1', 'CronJob').cells(stored, new Date('2026-01-01T04:00:00Z'));
    expect(cells).toEqual(['nightly', '0 3 * * *', '<none>', 'False', 1, '60m', '4h', 'main', 'busybox:1', '<none>']);
  });
});
