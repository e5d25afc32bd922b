import { reviewVersions, type ReviewVersion } from '@nestor/auth';
import { Option } from '@nestor/config';
import { ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { AuthorizationConfig, goDuration } from '../authorization/authorization.config';

const pemHint = 'PEM file';

/** Who callers are: options of kube-apiserver by their names there. */
export class AuthenticationConfig extends AuthorizationConfig {
  @Option({ description: `CAs that sign client certificates, ${pemHint}; read anew when it changes` })
  @IsString()
  @Matches(/./, { message: 'clientCaFile is required: callers prove who they are with certificates it signed' })
  clientCaFile: string = '';

  @Option({
    description: 'Let callers who show no credentials be system:anonymous (default: true, or as the file says)',
  })
  @IsOptional()
  @IsBoolean()
  anonymousAuth?: boolean;

  @Option({ description: 'AuthenticationConfiguration, YAML file; read anew when it changes' })
  @IsOptional()
  @IsString()
  authenticationConfig?: string;

  @Option({ description: 'OpenID Connect issuer whose tokens are taken, https only; the tokens must say it so' })
  @IsOptional()
  @IsString()
  oidcIssuerUrl?: string;

  @Option({ description: 'Client that tokens of oidcIssuerUrl must be meant for' })
  @IsOptional()
  @IsString()
  oidcClientId?: string;

  @Option({ description: 'Claim that names the user (default: sub)' })
  @IsOptional()
  @IsString()
  oidcUsernameClaim?: string;

  @Option({
    description:
      'What stands before names from tokens; - for nothing (default: the issuer and #, nothing for the claim email)',
  })
  @IsOptional()
  @IsString()
  oidcUsernamePrefix?: string;

  @Option({ description: "Claim with the user's groups, one or a list" })
  @IsOptional()
  @IsString()
  oidcGroupsClaim?: string;

  @Option({ description: 'What stands before groups from tokens' })
  @IsOptional()
  @IsString()
  oidcGroupsPrefix?: string;

  @Option({ description: 'CLAIM=VALUE that tokens must have; given several times, all of them' })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  oidcRequiredClaim?: string[];

  @Option({ description: 'Signatures that are taken, by their JOSE names (default: RS256)' })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  oidcSigningAlgs?: string[];

  @Option({ description: `CAs of the issuer's server, ${pemHint} (default: those of the machine)` })
  @IsOptional()
  @IsString()
  oidcCaFile?: string;

  @Option({
    description: `CAs that sign front proxies: whom they name in X-Remote headers is believed, here and by aggregated APIs, ${pemHint}; read anew when it changes`,
  })
  @IsOptional()
  @IsString()
  requestheaderClientCaFile?: string;

  @Option({ description: 'Names that certificates of front proxies may have; none allows any' })
  @IsArray()
  @IsString({ each: true })
  requestheaderAllowedNames: string[] = [];

  @Option({ description: 'Headers in which front proxies name the user; the first with a value counts' })
  @IsArray()
  @ArrayMinSize(1)
  @IsString({ each: true })
  requestheaderUsernameHeaders: string[] = ['X-Remote-User'];

  @Option({ description: "Headers in which front proxies give the user's UID" })
  @IsArray()
  @IsString({ each: true })
  requestheaderUidHeaders: string[] = ['X-Remote-Uid'];

  @Option({ description: "Headers in which front proxies list the user's groups" })
  @IsArray()
  @IsString({ each: true })
  requestheaderGroupHeaders: string[] = ['X-Remote-Group'];

  @Option({ description: 'What headers begin with in which front proxies tell more of the user' })
  @IsArray()
  @IsString({ each: true })
  requestheaderExtraHeadersPrefix: string[] = ['X-Remote-Extra-'];

  @Option({ description: 'File of static tokens: token,user,uid,"group1,group2" on each line' })
  @IsOptional()
  @IsString()
  tokenAuthFile?: string;

  @Option({ description: 'Kubeconfig that names a server which is asked whose tokens are that nobody here knows' })
  @IsOptional()
  @IsString()
  authenticationTokenWebhookConfigFile?: string;

  @Option({ description: 'Version of the TokenReviews sent to it: v1 or v1beta1' })
  @IsIn(reviewVersions, {
    message: 'unsupported authentication webhook version, supported versions are "v1", "v1beta1"',
  })
  authenticationTokenWebhookVersion: ReviewVersion = 'v1beta1';

  @Option({ description: 'How long it is remembered what it says; 0 is not at all' })
  @Matches(goDuration, { message: 'authenticationTokenWebhookCacheTtl must be a duration like 2m0s' })
  authenticationTokenWebhookCacheTtl: string = '2m0s';

  @Option({ description: 'Let Secrets of type bootstrap.kubernetes.io/token in kube-system prove joining nodes' })
  @IsBoolean()
  enableBootstrapTokenAuth: boolean = false;

  @Option({ description: 'Names of this API: tokens must be meant for one of them (default: the issuers)' })
  @IsArray()
  @IsString({ each: true })
  apiAudiences: string[] = [];

  @Option({ description: `Key that signs service account tokens (EC P-256, P-384, P-521 or RSA), ${pemHint}` })
  @IsString()
  @Matches(/./, { message: 'serviceAccountSigningKeyFile is required' })
  serviceAccountSigningKeyFile: string = '';

  @Option({
    description: `Keys that verify service account tokens besides the one that signs them, such as older ones; public or private, any number in each, ${pemHint}`,
  })
  @IsArray()
  @IsString({ each: true })
  serviceAccountKeyFile: string[] = [];

  @Option({ description: 'Issuers of service account tokens: the first issues, tokens of all of them are taken' })
  @IsArray()
  @ArrayMinSize(1, { message: 'serviceAccountIssuer is a required flag' })
  @ArrayUnique({ message: 'serviceAccountIssuer names an issuer that is already specified' })
  @IsString({ each: true })
  serviceAccountIssuer: string[] = ['https://kubernetes.default.svc'];

  @Option({ description: 'Where others fetch the keys of service account tokens (default: from this server)' })
  @IsOptional()
  @Matches(/^https:\/\//, { message: 'serviceAccountJwksUri requires https scheme' })
  serviceAccountJwksUri?: string;

  @Option({ description: 'How long tokens of service accounts live at most, such as 24h; 0 sets no limit' })
  @IsString()
  serviceAccountMaxTokenExpiration: string = '0';

  @Option({
    description:
      'Let tokens that admission gave to pods live for a year, and tell of it when one is used that should have been renewed',
  })
  @IsBoolean()
  serviceAccountExtendTokenExpiration: boolean = true;
}
