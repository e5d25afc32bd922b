import { readEncryptionConfiguration } from './read-configuration';
import { covers, parsePattern } from './resource-pattern';

const key = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64');
const file = (resources: string): string =>
  `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n${resources}`;
const entry = (providers: string, resources = '[secrets]'): string =>
  file(`- resources: ${resources}\n  providers: ${providers}\n`);

describe('an encryption configuration', () => {
  it('is read', () => {
    const text = entry(`[{secretbox: {keys: [{name: k, secret: ${key(32)}}]}}, {identity: {}}]`);
    expect(readEncryptionConfiguration(text, 'e.yaml').resources[0]?.providers).toHaveLength(2);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /encryption configuration e.yaml: must be of apiVersion apiserver.config.k8s.io\/v1/],
    ['no resources', file('  []'), /resources: Required value: at least one resources is required/],
    ['no providers', file('- resources: [secrets]'), /resources\[0\].providers: Required value/],
    ['an unknown field', entry('[{identity: {}}]') + '  extra: 1\n', /resources\[0\].extra: .*unknown field/],
    ['no known provider', entry('[{}]'), /provider does not contain any of the expected providers/],
    ['two providers in one', entry(`[{identity: {}, secretbox: {keys: []}}]`), /more than one provider specified/],
    ['no keys', entry('[{aesgcm: {keys: []}}]'), /aesgcm.keys: Required value: at least one keys is required/],
    ['no name', entry(`[{aesgcm: {keys: [{secret: ${key(32)}}]}}]`), /name is a mandatory field for a key/],
    ['no base64', entry('[{aesgcm: {keys: [{name: k, secret: "%%"}]}}]'), /"REDACTED": secrets must be base64 encoded/],
    [
      'a short key',
      entry(`[{secretbox: {keys: [{name: k, secret: ${key(16)}}]}}]`),
      /secret is not of the expected length, got 16, expected one of \[32\]/,
    ],
    ['kms v1', entry('[{kms: {name: k, endpoint: unix:///x}}]'), /unsupported apiVersion v1 for KMS provider/],
    ['kms over tcp', entry('[{kms: {apiVersion: v2, name: k, endpoint: tcp://x}}]'), /only unix is supported/],
    ['a colon in a name', entry('[{kms: {apiVersion: v2, name: "a:b", endpoint: unix:///x}}]'), /must not contain ':'/],
    [
      'a wrong timeout',
      entry('[{kms: {apiVersion: v2, name: k, endpoint: unix:///x, timeout: -1s}}]'),
      /timeout should be a positive value/,
    ],
    ['a capital', entry('[{identity: {}}]', '[Secrets]'), /should not contain capital letters/],
    ['a bare star', entry('[{identity: {}}]', '["*"]'), /use '\*\.' to encrypt all the resources from core/],
    ['one twice', entry('[{identity: {}}]', '[secrets, secrets]'), /cannot be specified multiple times/],
    ['one hidden', entry('[{identity: {}}]', '[secrets, "*."]'), /will be masked/],
    ['a kind of all groups', entry('[{identity: {}}]', '["pods.*"]'), /across groups is not supported/],
    ['old groups', entry('[{identity: {}}]', '[ingresses.extensions]'), /'extensions' group has been removed/],
  ])('is refused with %s', (_, text, message) => {
    expect(() => readEncryptionConfiguration(text, 'e.yaml')).toThrow(message);
  });

  it('shows no key in its errors, wherever it stands', () => {
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=';
    for (const text of [
      entry(`[{aesgcm: {keys: [{name: k, secret: ${secret}}]}}]`),
      entry(`[{aesgcm: ${secret}}]`),
      entry(`[{aesgcm: {keys: [${secret}]}}]`),
      entry(`[{aesgcm: {keys: [{name: k, secret: ${secret}}]}, identity: {}}]`),
      `${entry('[]')}: ${secret}: [`,
    ]) {
      let message = '';
      try {
        readEncryptionConfiguration(text, 'e.yaml');
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/e.yaml/);
      expect(message).not.toContain(secret);
    }
  });

  it.each<[string, string, boolean]>([
    ['secrets', 'secrets', true],
    ['secrets', 'secrets.example.com', false],
    ['*.', 'secrets', true],
    ['*.', 'deployments.apps', false],
    ['*.apps', 'deployments.apps', true],
    ['*.*', 'widgets.example.com', true],
    ['widgets.example.com', 'widgets.example.com', true],
  ])('says of %s and %s: %s', (pattern, resource, expected) => {
    expect(covers(parsePattern(pattern), resource)).toBe(expected);
  });
});
