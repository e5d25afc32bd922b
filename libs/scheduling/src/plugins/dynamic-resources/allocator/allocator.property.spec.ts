import fc from 'fast-check';
import type { Device, ResourceClaim } from '@nestor/api';
import { aClaim, aSlice, exactly, tryAllocate } from './testing-devices';

interface DeviceCase {
  model: number;
  isTainted: boolean;
  /** Taken of the counter that all devices share. */
  counter: number;
  /** Undefined for a device that is given out whole. */
  capacity: number | undefined;
}
interface RequestCase {
  model: number | undefined;
  count: number;
  tolerates: boolean;
  amount: number | undefined;
}
interface ClaimCase {
  requests: RequestCase[];
  constraint: 'match' | 'distinct' | undefined;
}
interface Case {
  devices: DeviceCase[];
  counter: number;
  claims: ClaimCase[];
}

const device = fc.record({
  model: fc.integer({ min: 0, max: 1 }),
  isTainted: fc.boolean(),
  counter: fc.integer({ min: 0, max: 2 }),
  capacity: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});
const request = fc.record({
  model: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
  count: fc.integer({ min: 1, max: 2 }),
  tolerates: fc.boolean(),
  amount: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});
const claim = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 2 }),
  constraint: fc.constantFrom<ClaimCase['constraint'][]>('match', 'distinct', undefined),
});
const cases: fc.Arbitrary<Case> = fc.record({
  devices: fc.array(device, { maxLength: 4 }),
  counter: fc.integer({ min: 0, max: 4 }),
  claims: fc.array(claim, { minLength: 1, maxLength: 2 }),
});

function deviceOf({ model, isTainted, counter, capacity }: DeviceCase): Partial<Device> {
  return {
    attributes: { model: { int: model } },
    ...(isTainted && { taints: [{ key: 'k', effect: 'NoSchedule' }] }),
    ...(counter > 0 && { consumesCounters: [{ counterSet: 's', counters: { c: { value: String(counter) } } }] }),
    ...(capacity !== undefined && {
      allowMultipleAllocations: true,
      capacity: { m: { value: String(capacity), requestPolicy: { default: '1' } } },
    }),
  };
}

function claimOf({ requests, constraint }: ClaimCase, at: number): ResourceClaim {
  const wanted = requests.map(({ model, count, tolerates, amount }, index) =>
    exactly(`r${index}`, {
      count,
      ...(model !== undefined && {
        selectors: [{ cel: { expression: `device.attributes["d.com"].model == ${model}` } }],
      }),
      ...(tolerates && { tolerations: [{ operator: 'Exists' }] }),
      ...(amount !== undefined && { capacity: { requests: { m: String(amount) } } }),
    }),
  );
  const constraints = constraint ? [{ [`${constraint}Attribute`]: 'd.com/model' }] : [];
  return aClaim(`c${at}`, wanted, { constraints });
}

interface Slot {
  claim: number;
  group: string;
  request: RequestCase;
}

/** Every way to give each slot a device, judged as a whole. */
function isFeasible({ devices, counter, claims }: Case): boolean {
  const slots: Slot[] = claims.flatMap(({ requests }, at) =>
    requests.flatMap((one, index) =>
      Array.from({ length: one.count }, () => ({ claim: at, group: `${at}/${index}`, request: one })),
    ),
  );
  const judge = (given: number[]): boolean => {
    const users = devices.map((_, at) => slots.filter((_slot, slot) => given[slot] === at));
    const fits = users.every((of, at) => {
      const one = devices[at] as DeviceCase;
      if (one.capacity === undefined) return of.length <= 1 && of.every(({ request: r }) => r.amount === undefined);
      const groups = new Set(of.map(({ group }) => group));
      const sum = of.reduce((total, { request: r }) => total + (r.amount ?? 1), 0);
      return sum <= one.capacity && groups.size === of.length;
    });
    const used = users.reduce((sum, of, at) => sum + (of.length > 0 ? (devices[at]?.counter ?? 0) : 0), 0);
    const selected = slots.every(({ request: r }, slot) => {
      const one = devices[given[slot] ?? -1] as DeviceCase;
      return (r.model === undefined || r.model === one.model) && (!one.isTainted || r.tolerates);
    });
    const constrained = claims.every(({ constraint }, at) => {
      const models = slots.flatMap((slot, index) => (slot.claim === at ? devices[given[index] ?? -1]?.model : []));
      const kinds = new Set(models).size;
      return constraint === 'match' ? kinds <= 1 : constraint === 'distinct' ? kinds === models.length : true;
    });
    return fits && used <= counter && selected && constrained;
  };
  const search = (given: number[]): boolean =>
    given.length === slots.length ? judge(given) : devices.some((_, at) => search([...given, at]));
  return search([]);
}

describe('allocate, compared with trying everything', () => {
  it('finds an allocation exactly where there is one, and never gives a device twice', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const pool = { name: 'p', generation: 1, resourceSliceCount: 2 };
        const sharedCounters = [{ name: 's', counters: { c: { value: String(one.counter) } } }];
        const slices = [aSlice([], { pool, sharedCounters }, 'counters'), aSlice(one.devices.map(deviceOf), { pool })];
        const found = tryAllocate({ slices, claims: one.claims.map(claimOf) });
        expect(found !== undefined).toBe(isFeasible(one));
        const whole = (found ?? [])
          .flatMap(({ result }) => result.devices?.results ?? [])
          .filter(({ shareID }) => shareID === undefined)
          .map(({ device: name }) => name);
        expect(new Set(whole).size).toBe(whole.length);
      }),
      { numRuns: 400 },
    );
  });
});
