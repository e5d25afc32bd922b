import { hostname } from 'node:os';
import { IsBoolean, IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { ApiClientConfig, Option } from '@nestor/config';

export class KubeProxyConfig extends ApiClientConfig {
  @Option({ description: 'Port of /healthz, /readyz and /metrics of this process; 0 turns them off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  override observabilityPort: number = 10249;

  @Option({ description: 'How service IPs are made to work: iptables, or none to leave the machine alone' })
  @IsString()
  proxyMode: string = 'iptables';

  @Option({ description: 'Remove the rules of the proxy mode and exit' })
  @IsBoolean()
  cleanup: boolean = false;

  @Option({ description: 'Name of the Node this runs on, by which local endpoints are told' })
  @IsString()
  nodeName: string = hostname().toLowerCase();

  @Option({ description: 'Addresses of pods; service traffic from elsewhere is masqueraded. Empty: not by address' })
  @Matches(/^$|^\d+\.\d+\.\d+\.\d+\/\d+$/, { message: 'clusterCidr must be an IPv4 range such as 10.244.0.0/16' })
  clusterCidr: string = '';

  @Option({ description: 'Masquerade all traffic to service IPs' })
  @IsBoolean()
  masqueradeAll: boolean = false;

  @Option({ description: 'Bit of the packet mark that asks for masquerading' })
  @IsInt()
  @Min(0)
  @Max(31)
  iptablesMasqueradeBit: number = 14;

  @Option({ description: 'Answer node ports on 127.0.0.1, too' })
  @IsBoolean()
  iptablesLocalhostNodeports: boolean = true;

  @Option({
    description: 'Route the pod ranges of other nodes over their addresses; for nodes that are on one network',
  })
  @IsBoolean()
  nodeRoutes: boolean = false;

  @Option({ description: 'Seconds between checks that the rules are still there' })
  @IsInt()
  @Min(1)
  syncPeriodSeconds: number = 30;

  @Option({ description: 'Milliseconds between two writes of rules at least' })
  @IsInt()
  @Min(0)
  minSyncPeriodMs: number = 200;

  @Option({ description: 'Address of the node health check that load balancers ask' })
  @IsString()
  healthzBindAddress: string = '0.0.0.0';

  @Option({ description: 'Port of the node health check; 0 turns it off' })
  @IsInt()
  @Min(0)
  @Max(65535)
  healthzPort: number = 10256;
}
