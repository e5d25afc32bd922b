import type { Pod } from '@nestor/api';
import type { AdmissionRequest } from '../../admission-plugin';
import { AlwaysPullImagesPlugin } from './always-pull-images.plugin';

const pod = (policy?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: {
    initContainers: [{ name: 'i', image: 'init', imagePullPolicy: policy }],
    containers: [{ name: 'c', image: 'main', imagePullPolicy: policy }],
    ephemeralContainers: [{ name: 'e', image: 'debug', imagePullPolicy: policy }],
    volumes: [
      { name: 'v', image: { reference: 'data', pullPolicy: policy } },
      { name: 'w', emptyDir: {} },
    ],
  },
});
const request = (object: Pod, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  kind: 'Pod',
  namespace: 'default',
  name: 'p',
  namespaced: true,
  object: object,
  user: { name: 'u', groups: [] },
  dryRun: false,
  warn: () => undefined,
  ...more,
});

describe('AlwaysPullImages', () => {
  const plugin = new AlwaysPullImagesPlugin();

  it('makes every image of a new pod be pulled', () => {
    const made = pod('IfNotPresent');
    expect(plugin.handles(request(made))).toBe(true);
    plugin.admit(request(made));
    expect(made).toEqual(pod('Always'));
    plugin.validate(request(made));
  });

  it('refuses what a later plugin has taken back', () => {
    expect(() => plugin.validate(request(pod('Never')))).toThrow(
      'pods "p" is forbidden: [' +
        ['initContainers[0].imagePullPolicy', 'containers[0].imagePullPolicy', 'ephemeralContainers[0].imagePullPolicy']
          .concat('volumes[0].image.pullPolicy')
          .map((path) => `spec.${path}: Unsupported value: "Never": supported values: "Always"`)
          .join(', ') +
        ']',
    );
  });

  it('is off by default, and looks at an update only where it brings an image', () => {
    expect(plugin.onByDefault).toBe(false);
    const old = pod('Never') as AdmissionRequest['old'];
    const update = (object: Pod) => plugin.handles(request(object, { operation: 'UPDATE', old }));
    expect(update(pod('Never'))).toBe(false);
    const changed = pod('Never');
    changed.spec!.containers[0]!.image = 'another';
    expect(update(changed)).toBe(true);
    expect(plugin.handles(request(pod(), { subresource: 'status' }))).toBe(false);
    expect(plugin.handles(request(pod(), { resource: 'podtemplates' }))).toBe(false);
    expect(plugin.handles(request(pod(), { operation: 'DELETE' }))).toBe(false);
  });
});
