import { IsBoolean, IsIn, IsOptional, IsString, ValidateBy } from 'class-validator';
import { Option } from '@nestor/config';
import { goDurationMs } from '@nestor/formats';
import { CertificatesConfig } from '../certificates/certificates.config';

export const authorizationModes = ['AlwaysAllow', 'Webhook'] as const;

const IsDuration = (): PropertyDecorator =>
  ValidateBy({
    name: 'isDuration',
    validator: {
      validate: (value) => typeof value === 'string' && (goDurationMs(value) ?? -1) >= 0,
      defaultMessage: () => '$property must be a duration such as 2m0s',
    },
  });

/** Who may call the kubelet API. The defaults are those of a KubeletConfiguration: nobody whom no rule allows. */
export class AuthConfig extends CertificatesConfig {
  @Option({ description: 'CA of the client certificates that prove who calls the kubelet API, PEM; none without it' })
  @IsOptional()
  @IsString()
  clientCaFile?: string;

  @Option({ description: 'Take callers of the kubelet API that show nothing for system:anonymous' })
  @IsBoolean()
  anonymousAuth: boolean = false;

  @Option({ description: 'Let the API server say, by TokenReviews, whose a bearer token is' })
  @IsBoolean()
  authenticationTokenWebhook: boolean = true;

  @Option({ description: 'How long such an answer is remembered' })
  @IsDuration()
  authenticationTokenWebhookCacheTtl: string = '2m0s';

  @Option({
    description:
      'Who decides what callers of the kubelet API may do: Webhook (the API server, by SubjectAccessReviews) or AlwaysAllow',
  })
  @IsIn(authorizationModes)
  authorizationMode: (typeof authorizationModes)[number] = 'Webhook';

  @Option({ description: 'How long it is remembered that something is allowed' })
  @IsDuration()
  authorizationWebhookCacheAuthorizedTtl: string = '5m0s';

  @Option({ description: 'How long it is remembered that something is not allowed' })
  @IsDuration()
  authorizationWebhookCacheUnauthorizedTtl: string = '30s';
}
