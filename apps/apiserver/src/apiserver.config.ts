import { Option, tlsCipherSuites, tlsVersions, type TlsVersion } from '@nestor/config';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { AuthenticationConfig } from './authentication/authentication.config';

const pemHint = 'PEM file';

export class ApiServerConfig extends AuthenticationConfig {
  @Option({ description: 'Port of the API (HTTPS)' })
  @IsInt()
  @Min(0)
  @Max(65535)
  port: number = 6443;

  @Option({
    description: 'Processes that share the port, each with a cache of its own; more than one only where cores are',
  })
  @IsInt()
  @Min(1)
  @Max(64)
  workers: number = 1;

  @Option({ description: 'Address the API listens on' })
  @IsString()
  bindAddress: string = '0.0.0.0';

  @Option({ description: 'Address under which pods and other members reach this server; default: the bind address' })
  @IsOptional()
  @IsString()
  advertiseAddress?: string;

  @Option({ description: `Serving certificate, ${pemHint}; read anew when it changes` })
  @IsString()
  @Matches(/./, { message: 'tlsCertFile is required: the API is served over TLS only' })
  tlsCertFile: string = '';

  @Option({ description: `Key of the serving certificate, ${pemHint}; read anew when it changes` })
  @IsString()
  @Matches(/./, { message: 'tlsPrivateKeyFile is required: the API is served over TLS only' })
  tlsPrivateKeyFile: string = '';

  @Option({ description: 'Oldest version of TLS: VersionTLS12 or VersionTLS13' })
  @IsIn(tlsVersions)
  tlsMinVersion: TlsVersion = 'VersionTLS12';

  @Option({ description: 'Cipher suites of TLS 1.2, by their IANA names; without them the ones with forward secrecy' })
  @IsArray()
  @IsIn(tlsCipherSuites, { each: true })
  tlsCipherSuites: string[] = [];

  @Option({ description: 'Connections at once, of which more are closed as they come' })
  @IsInt()
  @Min(1)
  maxConnections: number = 20_000;

  @Option({ description: `Client certificate shown to kubelets (logs, exec, port-forward), ${pemHint}` })
  @IsOptional()
  @IsString()
  kubeletClientCertificate?: string;

  @Option({ description: `Key of the client certificate for kubelets, ${pemHint}` })
  @IsOptional()
  @IsString()
  kubeletClientKey?: string;

  @Option({ description: `CA of the kubelets' serving certificates, ${pemHint}` })
  @IsOptional()
  @IsString()
  kubeletCertificateAuthority?: string;

  @Option({ description: `Client certificate shown to the servers of aggregated APIs, ${pemHint}` })
  @IsOptional()
  @IsString()
  proxyClientCertFile?: string;

  @Option({ description: `Key of the client certificate for aggregated APIs, ${pemHint}` })
  @IsOptional()
  @IsString()
  proxyClientKeyFile?: string;

  @Option({ description: 'Reach aggregated APIs by the endpoints of their Services instead of the cluster IP' })
  @IsBoolean()
  enableAggregatorRouting: boolean = false;

  @Option({ description: 'AdmissionConfiguration for the admission plugins that take one, YAML file' })
  @IsOptional()
  @IsString()
  admissionControlConfigFile?: string;

  @Option({ description: 'Modules that export admission plugins of your own (docs/extending.md)' })
  @IsArray()
  @IsString({ each: true })
  admissionPluginModules: string[] = [];

  @Option({
    description:
      'Let admission webhooks be on loopback and link-local addresses, whose services often trust whoever reaches them',
  })
  @IsBoolean()
  allowLoopbackWebhooks: boolean = false;

  @Option({ description: 'Let the proxies of nodes, pods and services lead to loopback and link-local addresses' })
  @IsBoolean()
  allowLoopbackProxies: boolean = false;

  @Option({
    description:
      'Postgres, the truth store: postgres://user:password@host:port,other:port/database; the primary among the hosts is used',
    secret: true,
  })
  @IsString()
  @Matches(/^postgres(ql)?:\/\//, { message: 'databaseUrl must start with postgres://' })
  databaseUrl: string = '';

  @Option({
    description:
      'NATS server to relay watch events to, over TLS; it needs natsIssuerFile. Without it nothing is relayed',
  })
  @IsOptional()
  @Matches(/^(nats|tls):\/\//, { message: 'natsUrl must start with nats:// or tls://' })
  natsUrl?: string;

  @Option({
    description:
      'Keys that sign credentials for the NATS server, for this one and for who asks it; nestor pki writes them',
  })
  @IsOptional()
  @IsString()
  natsIssuerFile?: string;

  @Option({ description: 'Seconds that credentials for the NATS server are good for; their holders renew them' })
  @IsInt()
  @Min(10)
  @Max(86_400)
  natsCredentialSeconds: number = 600;

  @Option({ description: 'Use a NATS server that asks for no credentials and hears everybody; for development only' })
  @IsBoolean()
  natsInsecure: boolean = false;

  @Option({ description: `CA certificate of the NATS server, ${pemHint}` })
  @IsOptional()
  @IsString()
  natsCaFile?: string;

  @Option({ description: `Client certificate for a NATS server that asks for one, ${pemHint}` })
  @IsOptional()
  @IsString()
  natsCertFile?: string;

  @Option({ description: `Key of the client certificate for NATS, ${pemHint}` })
  @IsOptional()
  @IsString()
  natsKeyFile?: string;

  @Option({
    description: 'Range that Services get their cluster IPs from, or one of each IP family, the default family first',
  })
  @Matches(/^[0-9a-fA-F.:]+\/\d+(, *[0-9a-fA-F.:]+\/\d+)?$/, {
    message: 'serviceClusterIpRange must be a CIDR, or two with a comma between them',
  })
  serviceClusterIpRange: string = '10.96.0.0/16';

  @Option({ description: 'Range that Services get their node ports from' })
  @Matches(/^\d+-\d+$/, { message: 'serviceNodePortRange must be FROM-TO' })
  serviceNodePortRange: string = '30000-32767';

  @Option({ description: 'Seconds of history that a watch can resume from' })
  @IsInt()
  @Min(1)
  historySeconds: number = 300;

  @Option({ description: 'Newest revisions that are kept whatever their age' })
  @IsInt()
  @Min(1)
  historyRevisions: number = 10_000;

  @Option({
    description:
      'Revisions in one partition of the change log; history goes in whole partitions, so as many more may stay',
  })
  @IsInt()
  @Min(10)
  @Max(100_000_000)
  historyPartitionRevisions: number = 50_000;

  @Option({ description: 'Seconds from one compaction of the history to the next' })
  @IsInt()
  @Min(1)
  @Max(86_400)
  historyCompactionSeconds: number = 60;

  @Option({ description: 'Seconds that an Event is kept after it was last written' })
  @IsInt()
  @Min(1)
  eventTtl: number = 3600;

  @Option({ description: 'Admission plugins to run besides those that are on by default' })
  @IsArray()
  @IsString({ each: true })
  enableAdmissionPlugins: string[] = [];

  @Option({ description: 'Admission plugins not to run although they are on by default' })
  @IsArray()
  @IsString({ each: true })
  disableAdmissionPlugins: string[] = [];

  @Option({
    description:
      'Publish the versions that this server stores resources in, as StorageVersions (the gate StorageVersionAPI)',
  })
  @IsBoolean()
  storageVersionApi: boolean = false;

  @Option({ description: 'File that says which objects are encrypted in Postgres, and with which keys' })
  @IsOptional()
  @IsString()
  encryptionProviderConfig?: string;

  @Option({ description: 'Take up changes of that file while the server runs' })
  @IsBoolean()
  encryptionProviderConfigAutomaticReload: boolean = false;
}
