import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Option, tlsCipherSuites, tlsVersions, type TlsVersion } from '@nestor/config';
import { pauseImageName } from '@nestor/cri';
import { defaultNodeName } from '@nestor/node';
import { AuthConfig } from './auth/auth.config';

/** Empty: whatever the cluster gives the node. */
const cidr = /^$|^\d+\.\d+\.\d+\.\d+\/\d+$/;

export class KubeletConfig extends AuthConfig {
  @Option({ description: 'Port of /healthz, /readyz and /metrics of this process; 0 turns them off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  override observabilityPort: number = 0;

  @Option({ description: 'Name of the Node' })
  @Matches(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { message: 'nodeName must be a lower-case DNS name' })
  nodeName: string = defaultNodeName();

  @Option({ description: 'What runs containers: containerd (any CRI v1 runtime) or sim (simulated)' })
  @IsIn(['containerd', 'sim'])
  runtime: string = 'containerd';

  @Option({ description: 'Socket of the container runtime' })
  @IsString()
  containerRuntimeEndpoint: string = '/run/containerd/containerd.sock';

  @Option({ description: 'Simulated nodes in this process' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  nodes: number = 1;

  @Option({ description: 'Names of simulated nodes: this and a number from 0; empty: one node of the given name' })
  @IsString()
  nodeNamePrefix: string = 'sim-node-';

  @Option({ description: 'How long a simulated container takes to start, in milliseconds' })
  @IsInt()
  @Min(0)
  simStartLatency: number = 0;

  @Option({ description: 'Directory of volumes, logs and other files of pods' })
  @IsString()
  rootDir: string = '/var/lib/nestor/kubelet';

  @Option({ description: 'Addresses of pods of this node; empty: those that the cluster gives it' })
  @Matches(cidr, { message: 'podCidr must be an IPv4 range such as 10.244.0.0/24' })
  podCidr: string = '10.244.0.0/24';

  @Option({ description: 'Address the node is reached at; found out when empty' })
  @IsString()
  nodeIp: string = '';

  @Option({ description: 'Address the kubelet API listens on' })
  @IsString()
  address: string = '0.0.0.0';

  @Option({ description: 'Port of the kubelet API' })
  @IsInt()
  @Min(1)
  @Max(65535)
  port: number = 10250;

  @Option({
    description: 'Port that serves health, metrics, statistics and pods to everybody, without TLS; 0 turns it off',
  })
  @IsInt()
  @Min(0)
  @Max(65535)
  readOnlyPort: number = 0;

  @Option({ description: 'Serve the files of /var/log at /logs/ of the kubelet API' })
  @IsBoolean()
  enableSystemLogHandler: boolean = true;

  @Option({ description: 'Certificate of the kubelet API, PEM; by default a self-signed one' })
  @IsOptional()
  @IsString()
  tlsCertFile?: string;

  @Option({ description: 'Key of the certificate, PEM' })
  @IsOptional()
  @IsString()
  tlsPrivateKeyFile?: string;

  @Option({ description: 'Oldest version of TLS of the kubelet API: VersionTLS12 or VersionTLS13' })
  @IsIn(tlsVersions)
  tlsMinVersion: TlsVersion = 'VersionTLS12';

  @Option({ description: 'Cipher suites of TLS 1.2, by their IANA names; without them the ones with forward secrecy' })
  @IsIn(tlsCipherSuites, { each: true })
  tlsCipherSuites: string[] = [];

  @Option({ description: 'Directory of network configurations; a bridge network is written where there is none' })
  @IsString()
  cniConfDir: string = '/etc/cni/net.d';

  @Option({ description: 'Directory of network plugins' })
  @IsString()
  cniBinDir: string = '/usr/lib/cni';

  @Option({ description: 'Image of pod sandboxes' })
  @IsString()
  pauseImage: string = pauseImageName;

  @Option({ description: 'Pods the node takes at most' })
  @IsInt()
  @Min(1)
  maxPods: number = 110;

  @Option({ description: 'Addresses of the cluster DNS service' })
  clusterDns: string[] = [];

  @Option({ description: 'Domain of the cluster' })
  @IsString()
  clusterDomain: string = 'cluster.local';

  @Option({ description: 'Labels for the node, as key=value' })
  nodeLabels: string[] = [];

  @Option({ description: 'Taints the node is registered with, as key=value:Effect' })
  registerWithTaints: string[] = [];

  @Option({ description: 'Remove this node’s pods from the runtime when the kubelet ends' })
  @IsBoolean()
  stopPodsOnExit: boolean = false;
}
