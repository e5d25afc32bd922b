import { readAuthenticationConfiguration } from './read-configuration';

const file = (rest: string, version = 'v1'): string =>
  `apiVersion: apiserver.config.k8s.io/${version}\nkind: AuthenticationConfiguration\n${rest}`;
const read = (text: string) => readAuthenticationConfiguration(text, 'a.yaml');

describe('an authentication configuration', () => {
  it.each(['v1', 'v1beta1', 'v1alpha1'])('of %s says who may be anonymous', (version) => {
    const { anonymous } = read(file('anonymous: {enabled: true, conditions: [{path: /livez}]}', version));
    expect(anonymous).toEqual({ enabled: true, conditions: [{ path: '/livez' }] });
  });

  it.each<[string, string, RegExp]>([
    ['nothing in it', '', /^authentication configuration a.yaml: empty config data$/],
    ['no YAML', 'a: [', /a.yaml: /],
    ['another kind', 'apiVersion: v1\nkind: Pod', /must be of kind AuthenticationConfiguration/],
    ['another version', file('', 'v2'), /of apiVersion apiserver.config.k8s.io\/v1 or/],
    [
      'an unknown field',
      file('anonymous: {enabled: true, paths: []}'),
      /strict decoding error: unknown field "anonymous.paths"/,
    ],
    ['a wrong type', file('anonymous: {enabled: 1}'), /anonymous.enabled: must be a boolean/],
    ['a field of every object', file('toString: 1'), /unknown field "toString"/],
    [
      'conditions of what is not allowed',
      file('anonymous: {enabled: false, conditions: [{path: /livez}]}'),
      /anonymous.conditions: Invalid value: .*: enabled should be set to true when conditions are defined/,
    ],
  ])('with %s is refused', (_, text, message) => expect(() => read(text)).toThrow(message));
});
