import fc from 'fast-check';
import { nodeOfPod } from './node-of-pod';

const key = fc.constantFrom('nodeName', 'spec', 'nodeSelector', 'labels', 'a');
const map = fc.dictionary(key, fc.constantFrom('x', '"nodeName":"y"', '{"spec":{"nodeName":"z"'));
const pod = fc.record({
  kind: fc.constant('Pod'),
  metadata: fc.record({ name: fc.constant('p'), labels: map, annotations: map }, { requiredKeys: ['name'] }),
  spec: fc.record(
    {
      nodeSelector: map,
      containers: fc.array(fc.record({ name: key, env: fc.array(fc.record({ name: key, value: key })) }), {
        maxLength: 2,
      }),
      nodeName: fc.constantFrom('', 'node-1'),
      volumes: fc.array(fc.record({ name: key, csi: fc.record({ volumeAttributes: map }) }), { maxLength: 1 }),
    },
    { requiredKeys: ['containers'] },
  ),
  status: fc.record({ nominatedNodeName: fc.constantFrom('', 'other'), message: fc.constant('"nodeName":"no"') }),
});

describe('nodeOfPod', () => {
  it('finds what a parse finds, whatever else is called nodeName', () => {
    fc.assert(
      fc.property(pod, (object) => {
        const body = Buffer.from(JSON.stringify(object));
        expect(nodeOfPod(body)).toBe(object.spec.nodeName || undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
