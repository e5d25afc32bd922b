import { authorizationModes, reviewVersions, type AuthorizationMode, type ReviewVersion } from '@nestor/auth';
import { Option } from '@nestor/config';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { AuditConfig } from '../audit/audit.config';

/** As Go writes a duration. */
export const goDuration = /^(0|(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+)$/;

/** What callers may do: options of kube-apiserver by their names there. Defaults stand in flagConfiguration, so that it is known what was given. */
export class AuthorizationConfig extends AuditConfig {
  @Option({
    description:
      'AuthorizationConfiguration, YAML file, in the place of the mode and the webhook; read anew when it changes',
  })
  @IsOptional()
  @IsString()
  authorizationConfig?: string;

  @Option({
    description: `Who decides what callers may do, asked in this order: ${authorizationModes.join(', ')} (default: Node, RBAC)`,
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty({ message: 'at least one authorizationMode must be passed' })
  @IsIn(authorizationModes, { each: true })
  @ArrayUnique({ message: 'authorizationMode has a mode specified more than once' })
  authorizationMode?: AuthorizationMode[];

  @Option({ description: 'Kubeconfig that names the server which the mode Webhook asks' })
  @IsOptional()
  @IsString()
  authorizationWebhookConfigFile?: string;

  @Option({ description: 'Version of the SubjectAccessReviews sent to it: v1 or v1beta1 (default: v1beta1)' })
  @IsOptional()
  @IsIn(reviewVersions)
  authorizationWebhookVersion?: ReviewVersion;

  @Option({ description: 'How long it is remembered what the webhook allows (default: 5m0s)' })
  @IsOptional()
  @Matches(goDuration, { message: 'authorizationWebhookCacheAuthorizedTtl must be a duration like 5m0s' })
  authorizationWebhookCacheAuthorizedTtl?: string;

  @Option({ description: 'How long it is remembered what the webhook does not allow (default: 30s)' })
  @IsOptional()
  @Matches(goDuration, { message: 'authorizationWebhookCacheUnauthorizedTtl must be a duration like 30s' })
  authorizationWebhookCacheUnauthorizedTtl?: string;
}
