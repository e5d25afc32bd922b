import { fieldErrorMessage } from '@nestor/api';
import type { AuthenticationConfiguration, JwtConfiguration } from './authentication-configuration';
import { decodeConfiguration, type ConfigurationForm } from './decode-configuration';
import { anything, listOf, object, text, truth } from './strict-shape';
import { validateAuthentication } from './validate-configuration';

const claimOrExpression = { claim: text, expression: text };
const prefixedClaimOrExpression = object({ ...claimOrExpression, prefix: text });

const form: ConfigurationForm = {
  kind: 'AuthenticationConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`),
  shape: object({
    apiVersion: text,
    kind: text,
    metadata: anything,
    jwt: listOf(
      object({
        issuer: object({
          url: text,
          discoveryURL: text,
          certificateAuthority: text,
          audiences: listOf(text),
          audienceMatchPolicy: text,
          egressSelectorType: text,
        }),
        claimValidationRules: listOf(object({ ...claimOrExpression, requiredValue: text, message: text })),
        claimMappings: object({
          username: prefixedClaimOrExpression,
          groups: prefixedClaimOrExpression,
          uid: object(claimOrExpression),
          extra: listOf(object({ key: text, valueExpression: text })),
        }),
        userValidationRules: listOf(object({ expression: text, message: text })),
      }),
    ),
    anonymous: object({ enabled: truth, conditions: listOf(object({ path: text })) }),
  }),
};

/**
 * Reads the text of a configuration. Throws an Error that names the file and everything that is wrong in it. Tokens of
 * `disallowedIssuers` are somebody else's to judge.
 */
export function readAuthenticationConfiguration(
  content: string,
  source: string,
  disallowedIssuers: readonly string[] = [],
): AuthenticationConfiguration {
  const refuse = (why: string): Error => new Error(`authentication configuration ${source}: ${why}`);
  if (content === '') throw refuse('empty config data');
  const { jwt, anonymous } = withoutNulls(decodeConfiguration(content, form, refuse)) as Written;
  const configuration = { ...(anonymous ? { anonymous } : {}), jwt: (jwt ?? []).map(withDefaults) };
  const errors = validateAuthentication(configuration, disallowedIssuers);
  if (errors.length > 0) throw refuse(errors.map(fieldErrorMessage).join(', '));
  return configuration;
}

type Written = Partial<Pick<AuthenticationConfiguration, 'anonymous'>> & { jwt?: WrittenJwt[] };
type WrittenJwt = { [Part in keyof JwtConfiguration]?: Partial<JwtConfiguration[Part]> };

/** What is null was not given. */
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part: unknown) => (part === null ? undefined : part)));

function withDefaults({
  issuer,
  claimValidationRules,
  claimMappings,
  userValidationRules,
}: WrittenJwt): JwtConfiguration {
  return {
    issuer: { url: '', audiences: [], ...issuer },
    claimValidationRules: (claimValidationRules ?? []) as JwtConfiguration['claimValidationRules'],
    claimMappings: { username: {}, groups: {}, uid: {}, extra: [], ...claimMappings },
    userValidationRules: (userValidationRules ?? []) as JwtConfiguration['userValidationRules'],
  };
}
