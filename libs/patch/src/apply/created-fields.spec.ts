import * as fc from 'fast-check';
import type { ApiObject } from '@nestor/api';
import { deploymentSchema } from '../../test/deployment-schema';
import { sortedSet, difference, isEmptySet } from './field-set';
import { changed } from './compare';
import { systemFieldSet } from './system-fields';
import { compareObjects, trackUpdate } from './track-update';

const text = fc.constantFrom('a', 'b', 'a":{"f:b', '__proto__', '1:x', '');
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined | null> =>
  fc.oneof(fc.constantFrom(undefined, null), of);
const map = fc.dictionary(text, fc.oneof(text, fc.constant(null)));
const container = fc.record(
  {
    name: text,
    image: text,
    ports: fc.array(fc.record({ containerPort: fc.constantFrom(80, 81), protocol: fc.constantFrom('TCP', 'UDP') })),
    resources: fc.constantFrom({}, { limits: { cpu: '1' } }),
  },
  { requiredKeys: ['name'] },
);
const deployment = fc
  .record(
    {
      labels: maybe(map),
      replicas: maybe(fc.nat(2)),
      selector: maybe(fc.record({ matchLabels: map })),
      containers: maybe(fc.array(container, { maxLength: 3 })),
      strategy: maybe(fc.constantFrom({}, { type: 'Recreate' }, { rollingUpdate: {} })),
    },
    { requiredKeys: [] },
  )
  .map(
    ({ labels, replicas, selector, containers, strategy }) =>
      // As they come in: without what is undefined.
      JSON.parse(
        JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', labels },
          spec: { replicas, selector, strategy, template: { spec: { containers } } },
        }),
      ) as ApiObject,
  );

describe('the fields of a new object', () => {
  it('are those that comparing it with nothing finds, whatever was created before', () => {
    fc.assert(
      fc.property(deployment, (object) => {
        const request = { schema: deploymentSchema, manager: 'm', now: '2026-01-02T03:04:05Z' };
        const comparison = compareObjects(request, undefined, object);
        const fields = comparison && sortedSet(difference(changed(comparison), systemFieldSet));
        const entries = trackUpdate({ ...request, new: object });
        expect(entries?.[0]?.fieldsV1).toEqual(fields && !isEmptySet(fields) ? fields : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
