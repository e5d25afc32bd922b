import { readFileSync } from 'node:fs';
import {
  Auditor,
  AuditPolicyEvaluator,
  AuditSink,
  BatchingSink,
  BatchSettings,
  LenientSink,
  LogFileSink,
  readAuditPolicy,
  TruncatingSink,
  UnionSink,
  WebhookSink,
} from '@nestor/audit';
import type { AuditConfig, AuditMode } from './audit.config';
import { deliverTo } from './deliver-events';

const megabyte = 1024 * 1024;
const defaultLogMegabytes = 100;

/** What the flags ask for: nothing without a policy, and nothing without a backend. */
export function createAuditor(config: AuditConfig): Auditor | undefined {
  const { auditPolicyFile, auditLogPath, auditWebhookConfigFile } = config;
  if (!auditPolicyFile) {
    if (auditLogPath || auditWebhookConfigFile) {
      throw new Error('--audit-policy-file is required: without a policy no event reaches the audit backends');
    }
    return undefined;
  }
  const policy = readAuditPolicy(read(auditPolicyFile), auditPolicyFile);
  const sinks = [...logSinks(config), ...webhookSinks(config)];
  if (sinks.length === 0) return undefined;
  return new Auditor(new AuditPolicyEvaluator(policy), new UnionSink(sinks));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`--audit-policy-file: ${(cause as Error).message}`, { cause });
  }
}

function logSinks(config: AuditConfig): AuditSink[] {
  if (!config.auditLogPath) return [];
  const file = new LogFileSink({
    path: config.auditLogPath,
    format: config.auditLogFormat,
    maxBytes: (config.auditLogMaxsize || defaultLogMegabytes) * megabyte,
    maxBackups: config.auditLogMaxbackup,
    maxAgeDays: config.auditLogMaxage,
    compress: config.auditLogCompress,
  });
  // Upstream's batches of one: what waits is the request, never the events.
  const batches: BatchSettings = { bufferSize: 10_000, maxBatchSize: 1, maxBatchWaitMs: 0 };
  return [inMode(truncating(file, config.auditLogTruncateEnabled, config), config.auditLogMode, batches)];
}

function webhookSinks(config: AuditConfig): AuditSink[] {
  if (!config.auditWebhookConfigFile) return [];
  const webhook = new WebhookSink(deliverTo(config.auditWebhookConfigFile), config.auditWebhookInitialBackoff * 1000);
  const batches: BatchSettings = {
    bufferSize: config.auditWebhookBatchBufferSize,
    maxBatchSize: config.auditWebhookBatchMaxSize,
    maxBatchWaitMs: config.auditWebhookBatchMaxWait * 1000,
    throttle: config.auditWebhookBatchThrottleEnable
      ? { qps: config.auditWebhookBatchThrottleQps, burst: config.auditWebhookBatchThrottleBurst }
      : undefined,
  };
  return [inMode(truncating(webhook, config.auditWebhookTruncateEnabled, config), config.auditWebhookMode, batches)];
}

function truncating(sink: AuditSink, enabled: boolean, config: AuditConfig): AuditSink {
  if (!enabled) return sink;
  const { auditTruncateMaxBatchSize: maxBatchSize, auditTruncateMaxEventSize: maxEventSize } = config;
  return new TruncatingSink(sink, { maxBatchSize, maxEventSize });
}

function inMode(sink: AuditSink, mode: AuditMode, batches: BatchSettings): AuditSink {
  if (mode === 'batch') return new BatchingSink(sink, batches);
  return mode === 'blocking' ? new LenientSink(sink) : sink;
}
