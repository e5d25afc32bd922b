import { CommonConfig, Option } from '@nestor/config';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Min } from 'class-validator';

const modes = ['batch', 'blocking', 'blocking-strict'] as const;
export type AuditMode = (typeof modes)[number];

/** Options of kube-apiserver by their names there; durations are seconds, sizes as said. */
export class AuditConfig extends CommonConfig {
  @Option({ description: 'File with the audit policy; without it nothing is audited' })
  @IsOptional()
  @IsString()
  auditPolicyFile?: string;

  @Option({ description: "File that audit events are written to; '-' is standard output" })
  @IsOptional()
  @IsString()
  auditLogPath?: string;

  @Option({ description: 'json, or legacy for one line of text for each event' })
  @IsIn(['json', 'legacy'])
  auditLogFormat: 'json' | 'legacy' = 'json';

  @Option({ description: 'Days that old audit log files are kept; 0 keeps them' })
  @IsInt()
  @Min(0)
  auditLogMaxage: number = 0;

  @Option({ description: 'Old audit log files that are kept; 0 keeps all' })
  @IsInt()
  @Min(0)
  auditLogMaxbackup: number = 0;

  @Option({ description: 'Megabytes of an audit log file before a new one is begun; 0 stands for 100' })
  @IsInt()
  @Min(0)
  auditLogMaxsize: number = 0;

  @Option({ description: 'Compress old audit log files' })
  @IsBoolean()
  auditLogCompress: boolean = false;

  @Option({
    description: 'batch; blocking: written before the request goes on; blocking-strict: refused if it cannot be',
  })
  @IsIn(modes)
  auditLogMode: AuditMode = 'blocking';

  @Option({ description: 'Leave bodies out of events for the log that are too large' })
  @IsBoolean()
  auditLogTruncateEnabled: boolean = false;

  @Option({ description: 'Kubeconfig that names the server which collects audit events' })
  @IsOptional()
  @IsString()
  auditWebhookConfigFile?: string;

  @Option({ description: 'The same for the webhook' })
  @IsIn(modes)
  auditWebhookMode: AuditMode = 'batch';

  @Option({ description: 'Seconds before the first repetition of a delivery that failed' })
  @IsNumber()
  @Min(0.001)
  auditWebhookInitialBackoff: number = 10;

  @Option({ description: 'Events that wait for the webhook at most' })
  @IsInt()
  @Min(1)
  auditWebhookBatchBufferSize: number = 10_000;

  @Option({ description: 'Events in a delivery at most' })
  @IsInt()
  @Min(1)
  auditWebhookBatchMaxSize: number = 400;

  @Option({ description: 'Seconds after which a delivery goes out even if it is not full' })
  @IsNumber()
  @Min(0)
  auditWebhookBatchMaxWait: number = 30;

  @Option({ description: 'Limit the rate of deliveries' })
  @IsBoolean()
  auditWebhookBatchThrottleEnable: boolean = true;

  @Option({ description: 'Deliveries a second on average' })
  @IsNumber()
  @Min(0.001)
  auditWebhookBatchThrottleQps: number = 10;

  @Option({ description: 'Deliveries at once after a quiet time' })
  @IsInt()
  @Min(1)
  auditWebhookBatchThrottleBurst: number = 15;

  @Option({ description: 'Leave bodies out of events for the webhook that are too large' })
  @IsBoolean()
  auditWebhookTruncateEnabled: boolean = false;

  @Option({ description: 'Bytes of an event from which bodies are left out, where that is enabled' })
  @IsInt()
  @Min(1)
  auditTruncateMaxEventSize: number = 102_400;

  @Option({ description: 'Bytes of events that go out together, where that is enabled' })
  @IsInt()
  @Min(1)
  auditTruncateMaxBatchSize: number = 10_485_760;
}
