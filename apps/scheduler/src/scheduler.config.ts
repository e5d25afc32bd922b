import { IsBoolean, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { ApiClientConfig, Option } from '@nestor/config';

/**
 * `--config FILE` takes a KubeSchedulerConfiguration or a file of these options. What is given here wins over a
 * KubeSchedulerConfiguration.
 */
export class SchedulerConfig extends ApiClientConfig {
  static readonly ownDocument = { kind: 'KubeSchedulerConfiguration', property: 'configurationFile' };

  /** Path of the KubeSchedulerConfiguration, if there is one. */
  configurationFile?: string;

  @Option({ description: 'Port of /healthz, /readyz and /metrics; 0 turns them off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  override observabilityPort: number = 10259;

  @Option({
    description: 'Schedule only while holding the lease; needed when more than one scheduler runs (default: true)',
  })
  @IsOptional()
  @IsBoolean()
  leaderElect?: boolean;

  @Option({ description: 'Namespace of the lease (default: kube-system)' })
  @IsOptional()
  @IsString()
  leaderElectNamespace?: string;

  @Option({ description: 'Name of the lease (default: kube-scheduler)' })
  @IsOptional()
  @IsString()
  leaderElectName?: string;

  @Option({
    description:
      'Pods that name this scheduler are scheduled by it, where no KubeSchedulerConfiguration names its profiles (default: default-scheduler)',
  })
  @IsOptional()
  @IsString()
  schedulerName?: string;

  @Option({
    description:
      'Share of the nodes to find feasible before scoring, in percent; 0 adapts to the size of the cluster (default: 0)',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(100)
  percentageOfNodesToScore?: number;

  @Option({ description: 'Bindings under way at once' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxBindings: number = 256;
}
