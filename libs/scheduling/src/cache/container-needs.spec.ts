import fc from 'fast-check';
import type { Pod } from '@nestor/api';
import { containerNeeds, tolerationsText } from './container-needs';

type Spec = NonNullable<Pod['spec']>;

const amounts = fc.record({ cpu: fc.constantFrom('1', '250m'), memory: fc.constantFrom('1Gi', '64Mi') });
const container = fc.record({
  name: fc.constantFrom('a', 'b'),
  resources: fc.record({ requests: amounts }, { requiredKeys: [] }),
  ports: fc.array(fc.record({ containerPort: fc.constant(80), hostPort: fc.constantFrom(0, 80, 443) }), {
    maxLength: 2,
  }),
});
const containers = fc.array(container, { minLength: 1, maxLength: 2 });
const pod = (spec: unknown): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: spec as Spec });
const copyOf = <T>(value: T): T => structuredClone(value);

describe('containerNeeds', () => {
  it('gives pods whose containers are kept once what each would need alone', () => {
    const parts = fc.record({
      containers: fc.array(containers, { minLength: 1, maxLength: 2 }),
      initContainers: fc.array(fc.option(containers, { nil: undefined }), { minLength: 1, maxLength: 2 }),
      overhead: fc.array(fc.option(amounts, { nil: undefined }), { minLength: 1, maxLength: 2 }),
      resources: fc.array(fc.option(fc.record({ requests: amounts }), { nil: undefined }), {
        minLength: 1,
        maxLength: 2,
      }),
    });
    const picks = fc.array(fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, picks, (shared, chosen) => {
        const at = <T>(from: T[], pick: number | undefined): T => from[(pick ?? 0) % from.length] as T;
        for (const pick of chosen) {
          const spec = {
            containers: at(shared.containers, pick[0]),
            initContainers: at(shared.initContainers, pick[1]),
            overhead: at(shared.overhead, pick[2]),
            resources: at(shared.resources, pick[3]),
          };
          expect(containerNeeds(pod(spec))).toEqual(containerNeeds(pod(copyOf(spec))));
        }
      }),
    );
  });

  it('computes them once for containers that are kept once', () => {
    const spec = { containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }] };
    expect(containerNeeds(pod({ ...spec, nodeName: 'n1' }))).toBe(containerNeeds(pod(spec)));
    expect(containerNeeds(pod({}))).toMatchObject({ requests: { milliCpu: 0 }, scoringCpu: 0, hostPorts: [] });
  });
});

describe('tolerationsText', () => {
  it('is the same for equal tolerations, and nothing for none', () => {
    const tolerations = [{ key: 'a', operator: 'Exists' as const }];
    expect(tolerationsText(tolerations)).toBe(tolerationsText(copyOf(tolerations)));
    expect(tolerationsText([{ key: 'b' }])).not.toBe(tolerationsText(tolerations));
    expect([tolerationsText([]), tolerationsText(undefined)]).toEqual(['', '']);
  });
});
