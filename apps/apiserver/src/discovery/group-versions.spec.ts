import { compareVersions } from './group-versions';

it('orders versions as Kubernetes does', () => {
  const versions = ['v1beta1', 'foo10', 'v10', 'v2', 'v1', 'v11alpha2', 'v3beta1', 'v12alpha1', 'foo1', 'v11beta2'];
  expect([...versions].sort((a, b) => compareVersions(b, a))).toEqual([
    'v10',
    'v2',
    'v1',
    'v11beta2',
    'v3beta1',
    'v1beta1',
    'v12alpha1',
    'v11alpha2',
    'foo1',
    'foo10',
  ]);
});
