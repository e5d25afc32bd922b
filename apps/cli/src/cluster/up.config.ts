import { IsBoolean, IsIn, IsInt, IsIP, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Option } from '@nestor/config';

export const runtimes = ['auto', 'containerd', 'sim'] as const;

/** The options of `nestor up`. */
export class UpConfig {
  @Option({ description: 'Return when the cluster is ready; `nestor down` stops it' })
  @IsBoolean()
  detach: boolean = false;

  @Option({ description: 'Folder of everything the cluster keeps', env: 'NESTOR_DATA' })
  @IsString()
  data: string = '.nestor';

  @Option({ description: 'Port of the API server' })
  @IsInt()
  @Min(1)
  @Max(65535)
  port: number = 6443;

  @Option({ description: 'Address the API server listens on (default: 127.0.0.1, with containerd every address)' })
  @IsOptional()
  @IsString()
  bindAddress?: string;

  @Option({
    description: 'Address that others reach the API server at (default: found out; 127.0.0.1 if it listens there)',
  })
  @IsOptional()
  @IsIP()
  advertiseAddress?: string;

  @Option({ description: 'More names and addresses that the API server’s certificate is to be good for' })
  apiserverCertExtraSans: string[] = [];

  @Option({ description: 'Simulated nodes; by default one where no real containers run, otherwise none' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(20_000)
  nodes?: number;

  @Option({ description: 'What runs containers: auto, containerd or sim (simulated)' })
  @IsIn(runtimes)
  runtime: (typeof runtimes)[number] = 'auto';

  @Option({ description: 'A Postgres server to use instead of the embedded one', secret: true })
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'databaseUrl must start with postgres://' })
  databaseUrl?: string;

  @Option({ description: 'A NATS server to use instead of one of its own' })
  @IsOptional()
  @Matches(/^(nats|tls):\/\//, { message: 'natsUrl must start with nats:// or tls://' })
  natsUrl?: string;

  @Option({ description: 'CA certificate of that NATS server, PEM file' })
  @IsOptional()
  @IsString()
  natsCaFile?: string;

  @Option({
    description: 'Keys that sign credentials for that NATS server; nestor pki writes them, and its configuration',
  })
  @IsOptional()
  @IsString()
  natsIssuerFile?: string;

  @Option({ description: 'That NATS server asks for no credentials and hears everybody; for development only' })
  @IsBoolean()
  natsInsecure: boolean = false;

  @Option({ description: 'Name of the node that runs real containers (default: the name of the machine)' })
  @IsOptional()
  @IsString()
  nodeName?: string;

  @Option({
    description: 'Seconds that certificates of the control plane are good for; they are renewed before their end',
  })
  @IsInt()
  @Min(10)
  certificateValidityPeriod: number = 365 * 24 * 3600;

  @Option({ description: 'Seconds that the certificates of joined nodes are good for at most' })
  @IsInt()
  @Min(1)
  clusterSigningDuration: number = 365 * 24 * 3600;

  @Option({ description: 'Write trace spans to <data>/traces, for `nestor trace`' })
  @IsBoolean()
  tracing: boolean = true;
}
