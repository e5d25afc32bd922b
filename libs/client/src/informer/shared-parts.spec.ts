import fc from 'fast-check';
import type { ApiObject } from '@nestor/api';
import { SharedParts } from './shared-parts';

const pod = (name: string, labels: object, containers: object[]): ApiObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers, nodeName: name },
  }) as unknown as ApiObject;
const specOf = (object: ApiObject) => (object as unknown as { spec: { containers: object[] } }).spec;

describe('SharedParts', () => {
  it('gives equal parts of different objects one place in memory', () => {
    const parts = new SharedParts();
    const [first, second, other] = [
      pod('a', { app: 'web' }, [{ name: 'c' }]),
      pod('b', { app: 'web' }, [{ name: 'c' }]),
      pod('c', { app: 'web' }, [{ name: 'd' }]),
    ] as const;
    for (const object of [first, second, other]) parts.share(object);
    expect(specOf(second).containers).toBe(specOf(first).containers);
    expect(second.metadata.labels).toBe(first.metadata.labels);
    expect(specOf(other).containers).not.toBe(specOf(first).containers);
    expect(specOf(second)).not.toBe(specOf(first));
  });

  it('changes no object, whatever came before it', () => {
    const json = fc.oneof(fc.jsonValue(), fc.constantFrom({ a: 1 }, { a: 1, b: [] }, []));
    const object = fc.record(
      {
        metadata: fc.record({ name: fc.string(), labels: json, ownerReferences: json }, { requiredKeys: ['name'] }),
        spec: json,
        status: json,
      },
      { requiredKeys: ['metadata'] },
    );
    fc.assert(
      fc.property(fc.array(object, { maxLength: 20 }), (objects) => {
        const parts = new SharedParts();
        for (const each of objects) {
          const text = JSON.stringify(each);
          const shared = JSON.parse(text) as ApiObject;
          parts.share(shared);
          expect(JSON.stringify(shared)).toBe(text);
        }
      }),
    );
  });

  it('does not remember what is so long that hardly another has it', () => {
    const parts = new SharedParts();
    const long = (name: string) => pod(name, {}, [{ name: 'c', args: ['x'.repeat(20_000)] }]);
    const [first, second] = [long('a'), long('b')];
    parts.share(first);
    parts.share(second);
    expect(specOf(second)).toEqual({ ...specOf(first), nodeName: 'b' });
    expect(specOf(second).containers).not.toBe(specOf(first).containers);
  });

  it('still shares what is common when much is seen that is not', () => {
    const parts = new SharedParts();
    const common = pod('common', {}, [{ name: 'common' }]);
    parts.share(common);
    for (let n = 0; n < 5000; n++) {
      parts.share(pod(`own-${n}`, {}, [{ name: `own-${n}` }]));
      const again = pod(`again-${n}`, {}, [{ name: 'common' }]);
      parts.share(again);
      expect(specOf(again).containers).toBe(specOf(common).containers);
    }
  });
});
