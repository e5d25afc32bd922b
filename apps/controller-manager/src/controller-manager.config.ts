import { IsArray, IsBoolean, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Option } from '@nestor/config';
import { SigningConfig } from './signing.config';

/** Options are named as kube-controller-manager's; durations are whole seconds. */
export class ControllerManagerConfig extends SigningConfig {
  @Option({ description: 'Port of /healthz, /readyz and /metrics; 0 turns them off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  override observabilityPort: number = 10257;

  @Option({ description: "Controllers to run: '*' all that are on by default, 'foo' that one, '-foo' not that one" })
  @IsArray()
  @IsString({ each: true })
  controllers: string[] = ['*'];

  @Option({ description: 'Run controllers only while holding the lease; needed when more than one process runs' })
  @IsBoolean()
  leaderElect: boolean = true;

  @Option({ description: 'Seconds that a stand-by waits after the last renewal before it takes over' })
  @IsNumber()
  @Min(0.1)
  leaderElectLeaseDuration: number = 3;

  @Option({ description: 'Seconds that the leader tries to renew before it gives up' })
  @IsNumber()
  @Min(0.1)
  leaderElectRenewDeadline: number = 2;

  @Option({ description: 'Seconds between attempts to take or renew the lease' })
  @IsNumber()
  @Min(0.1)
  leaderElectRetryPeriod: number = 0.5;

  @Option({ description: 'Name of the lease' })
  @IsString()
  leaderElectResourceName: string = 'kube-controller-manager';

  @Option({ description: 'Namespace of the lease' })
  @IsString()
  leaderElectResourceNamespace: string = 'kube-system';

  @Option({
    description:
      'Range that nodes get their pod ranges from, or one of each IP family; without it nodes bring their own',
  })
  @IsOptional()
  @Matches(/^[0-9a-fA-F.:]+\/\d+(, *[0-9a-fA-F.:]+\/\d+)?$/, {
    message: 'clusterCidr must be a range such as 10.244.0.0/16, or two with a comma between them',
  })
  clusterCidr?: string;

  @Option({ description: 'Give nodes their pod ranges out of the cluster CIDR' })
  @IsBoolean()
  allocateNodeCidrs: boolean = true;

  @Option({ description: "Prefix length of a node's pod range, where the cluster has one family" })
  @IsOptional()
  @IsInt()
  @Min(8)
  @Max(128)
  nodeCidrMaskSize?: number;

  @Option({ description: "Prefix length of a node's IPv4 pod range; default: 24" })
  @IsOptional()
  @IsInt()
  @Min(8)
  @Max(32)
  nodeCidrMaskSizeIpv4?: number;

  @Option({ description: "Prefix length of a node's IPv6 pod range; default: 64" })
  @IsOptional()
  @IsInt()
  @Min(8)
  @Max(128)
  nodeCidrMaskSizeIpv6?: number;

  @Option({ description: 'Ranges of cluster IPs, which no node gets' })
  @IsOptional()
  @IsString()
  serviceClusterIpRange?: string;

  @Option({ description: 'Endpoints in one EndpointSlice' })
  @IsInt()
  @Min(1)
  @Max(1000)
  maxEndpointsPerSlice: number = 100;

  @Option({ description: 'Seconds that changes of pods are gathered before their Services follow' })
  @IsNumber()
  @Min(0)
  endpointUpdatesBatchPeriod: number = 0.1;

  @Option({ description: 'Addresses of one Endpoints subset that are mirrored to EndpointSlices' })
  @IsInt()
  @Min(1)
  @Max(1000)
  mirroringMaxEndpointsPerSubset: number = 1000;

  @Option({ description: 'Seconds of silence after which a node counts as unreachable' })
  @IsInt()
  @Min(1)
  nodeMonitorGracePeriod: number = 50;

  @Option({ description: 'Seconds between looks at the nodes' })
  @IsInt()
  @Min(1)
  nodeMonitorPeriod: number = 5;

  @Option({ description: 'Nodes a second, of a zone, that pods are evicted from when they are not ready' })
  @IsNumber()
  @Min(0)
  nodeEvictionRate: number = 0.1;

  @Option({ description: 'The same in a large zone of which many nodes are not ready; a small one evicts none then' })
  @IsNumber()
  @Min(0)
  secondaryNodeEvictionRate: number = 0.01;

  @Option({ description: 'Share of nodes not ready from which a zone counts as unhealthy' })
  @IsNumber()
  @Min(0)
  @Max(1)
  unhealthyZoneThreshold: number = 0.55;

  @Option({ description: 'Zones with more nodes than this are large' })
  @IsInt()
  @Min(0)
  largeClusterSizeThreshold: number = 50;

  @Option({ description: 'Finished pods beyond this number are deleted, the oldest first; 0 keeps all' })
  @IsInt()
  @Min(0)
  terminatedPodGcThreshold: number = 12_500;

  @Option({ description: 'Seconds between two looks at an autoscaler' })
  @IsInt()
  @Min(1)
  horizontalPodAutoscalerSyncPeriod: number = 15;

  @Option({ description: 'Seconds that a higher recommendation holds against a lower one' })
  @IsInt()
  @Min(0)
  horizontalPodAutoscalerDownscaleStabilization: number = 300;

  @Option({ description: "Seconds after a pod's start in which CPU samples of its start are left out" })
  @IsInt()
  @Min(0)
  horizontalPodAutoscalerCpuInitializationPeriod: number = 300;

  @Option({ description: "Seconds after a pod's start in which turning unready is part of the start" })
  @IsInt()
  @Min(0)
  horizontalPodAutoscalerInitialReadinessDelay: number = 30;

  @Option({ description: 'Share by which usage may differ from its target before autoscalers act' })
  @IsNumber()
  @Min(0)
  horizontalPodAutoscalerTolerance: number = 0.1;

  @Option({ description: 'Seconds from one full count of the resource quotas to the next' })
  @IsInt()
  @Min(1)
  resourceQuotaSyncPeriod: number = 300;

  @Option({
    description: 'Make volumes of classes of kubernetes.io/host-path on this machine; for clusters of one node',
  })
  @IsBoolean()
  enableHostpathProvisioner: boolean = false;

  @Option({ description: 'Never detach volumes that a node may have mounted, however long it is silent' })
  @IsBoolean()
  disableForceDetachOnTimeout: boolean = false;

  @Option({ description: 'PEM file of the key that signs tokens in Secrets; without it they get none' })
  @IsOptional()
  @IsString()
  serviceAccountPrivateKeyFile?: string;

  @Option({
    description: 'Seconds that a token in a Secret that was made by itself may lie unused before it is deleted',
  })
  @IsInt()
  @Min(1)
  legacyServiceAccountTokenCleanUpPeriod: number = 31_536_000;
}
