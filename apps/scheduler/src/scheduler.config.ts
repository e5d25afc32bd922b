import { IsBoolean, IsInt, IsString, Max, Min } from 'class-validator';
import { ApiClientConfig, Option } from '@nestor/config';

export class SchedulerConfig extends ApiClientConfig {
  @Option({ description: 'Port of /healthz, /readyz and /metrics; 0 turns them off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  override observabilityPort: number = 10259;

  @Option({ description: 'Schedule only while holding the lease; needed when more than one scheduler runs' })
  @IsBoolean()
  leaderElect: boolean = true;

  @Option({ description: 'Namespace of the lease' })
  @IsString()
  leaderElectNamespace: string = 'kube-system';

  @Option({ description: 'Name of the lease' })
  @IsString()
  leaderElectName: string = 'kube-scheduler';

  @Option({ description: 'Pods that name this scheduler are scheduled by it' })
  @IsString()
  schedulerName: string = 'default-scheduler';

  @Option({
    description: 'Share of the nodes to find feasible before scoring, in percent; 0 adapts to the size of the cluster',
  })
  @IsInt()
  @Min(0)
  @Max(100)
  percentageOfNodesToScore: number = 0;

  @Option({ description: 'Bindings under way at once' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxBindings: number = 256;
}
