import { Option } from '@nestor/config';
import { ArrayMinSize, IsArray, IsBoolean, IsOptional, IsString, Matches } from 'class-validator';
import { AuthorizationConfig } from '../authorization/authorization.config';

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

  @Option({ description: 'Let Secrets of type bootstrap.kubernetes.io/token in kube-system prove joining nodes' })
  @IsBoolean()
  enableBootstrapTokenAuth: boolean = false;

  @Option({ description: `Key that signs and verifies service account tokens (EC P-256 or RSA), ${pemHint}` })
  @IsString()
  @Matches(/./, { message: 'serviceAccountSigningKeyFile is required' })
  serviceAccountSigningKeyFile: string = '';

  @Option({ description: 'Issuer of service account tokens' })
  @IsString()
  serviceAccountIssuer: string = 'https://kubernetes.default.svc';
}
