import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Option } from './option.decorator';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What every process takes. */
export class CommonConfig {
  @Option({ description: `Least severe log lines to write: ${logLevels.join(', ')}` })
  @IsIn(logLevels)
  logLevel: LogLevel = 'info';

  @Option({ description: 'Address that serves /healthz, /livez, /readyz and /metrics' })
  @IsString()
  observabilityHost: string = '127.0.0.1';

  @Option({ description: 'Port of the health and metrics server; 0 turns it off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  observabilityPort: number = 0;

  @Option({ description: 'File that gets one JSON line for each trace span' })
  @IsOptional()
  @IsString()
  tracingFile?: string;

  @Option({ description: 'OTLP/HTTP endpoint for trace spans, such as http://127.0.0.1:4318/v1/traces' })
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  tracingEndpoint?: string;
}

/** What every client of the API server takes. */
export class ApiClientConfig extends CommonConfig {
  @Option({ description: 'Kubeconfig file with the API server and this process’s identity' })
  @IsString()
  kubeconfig: string = '';

  @Option({
    description:
      'NATS server that carries watch events, over TLS and with credentials of the API server; without it the API is watched over HTTP',
  })
  @IsOptional()
  @Matches(/^(nats|tls):\/\//, { message: 'natsUrl must start with nats:// or tls://' })
  natsUrl?: string;

  @Option({ description: 'CA certificate of the NATS server, PEM' })
  @IsOptional()
  @IsString()
  natsCaFile?: string;

  @Option({ description: 'Use a NATS server that asks for no credentials, as everybody; for development only' })
  @IsBoolean()
  natsInsecure: boolean = false;

  @Option({ description: 'Client certificate for a NATS server that asks for one, PEM' })
  @IsOptional()
  @IsString()
  natsCertFile?: string;

  @Option({ description: 'Key of the client certificate for NATS, PEM' })
  @IsOptional()
  @IsString()
  natsKeyFile?: string;
}
