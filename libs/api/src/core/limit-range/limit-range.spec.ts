import { created, createErrors } from '../../../test/created';
import type { ApiObject, LimitRange } from '../../meta/json-types';

const range = (...limits: object[]): ApiObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'x', namespace: 'default' },
  spec: { limits },
});
const container = (more: object) => ({ type: 'Container', ...more });

describe('LimitRange', () => {
  it.each<[string, object[], string[]]>([
    [
      'bounds of all types',
      [container({ max: { cpu: '2' }, min: { cpu: '1' } }), { type: 'Pod', max: { cpu: 4 } }],
      [],
    ],
    [
      'an unknown type',
      [{ type: 'House' }],
      ['spec.limits[0].type: Invalid value: "House": must be a standard limit type or fully qualified'],
    ],
    ['a type twice', [container({}), container({})], ['spec.limits[1].type: Duplicate value: "Container"']],
    [
      'what containers do not have',
      [container({ max: { pods: '1' } })],
      ['max', 'default', 'defaultRequest'].map(
        (list) => `spec.limits[0].${list}[pods]: Invalid value: "pods": must be a standard resource for containers`,
      ),
    ],
    [
      'defaults of pods',
      [{ type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } }],
      [
        "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
        "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
      ],
    ],
    [
      'claims without storage',
      [{ type: 'PersistentVolumeClaim' }],
      [
        'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      ],
    ],
    [
      'bounds the wrong way round',
      [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }],
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      'defaults outside the bounds',
      [container({ min: { cpu: '2' }, max: { cpu: '3' }, default: { cpu: '4' }, defaultRequest: { cpu: '1' } })],
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
        'spec.limits[0].default[cpu]: Invalid value: "3": default value 4 is greater than max value 3',
      ],
    ],
    [
      'a request over its limit',
      [container({ default: { cpu: '1' }, defaultRequest: { cpu: '2' } })],
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      ],
    ],
    [
      'ratios out of reach',
      [{ type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3', memory: '500m' } }],
      [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
        'spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: "500m": ratio 500m is less than 1',
      ],
    ],
    [
      'devices of which a container gets all it asks for',
      [container({ default: { 'example.com/gpu': '2' }, defaultRequest: { 'example.com/gpu': '1' } })],
      [
        'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
      ],
    ],
  ])('%s', (_name, limits, messages) => expect(createErrors(range(...limits))).toEqual(messages));

  it('fills a container up from its bounds', () => {
    const stored = created<LimitRange>(range(container({ max: { cpu: '2' }, min: { memory: '1024Ki' } })));
    expect(stored.spec?.limits[0]).toEqual({
      type: 'Container',
      max: { cpu: '2' },
      min: { memory: '1Mi' },
      default: { cpu: '2' },
      defaultRequest: { cpu: '2', memory: '1Mi' },
    });
  });
});
