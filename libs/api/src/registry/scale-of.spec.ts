import { builtInByKind } from './built-in';
import { scaleOf, withReplicas } from './scale-of';

describe('scale', () => {
  const scale = builtInByKind('apps', 'v1', 'Deployment')?.scale;
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: '1', resourceVersion: '7', labels: { a: 'b' } },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } } },
    status: { replicas: 2 },
  };
  it('stands for a deployment', () => {
    if (!scale) throw new Error('a deployment scales');
    expect(scaleOf(object, scale)).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'web', namespace: 'default', uid: '1', resourceVersion: '7' },
      spec: { replicas: 3 },
      status: { replicas: 2, selector: 'app=web' },
    });
    expect(withReplicas(object, scale, 5)).toMatchObject({ spec: { replicas: 5, selector: object.spec.selector } });
    expect(object.spec.replicas).toBe(3);
  });
});
