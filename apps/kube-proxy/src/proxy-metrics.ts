import type { SyncOutcome } from '@nestor/proxy';
import { metrics } from '@nestor/telemetry';

const buckets = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 4, 8, 16];

/** kube-proxy's metric names, so that its dashboards work. */
export class ProxyMetrics {
  private readonly all = metrics.histogram(
    'kubeproxy_sync_proxy_rules_duration_seconds',
    'SyncProxyRules latency in seconds',
    [],
    buckets,
  );
  private readonly full = metrics.histogram(
    'kubeproxy_sync_full_proxy_rules_duration_seconds',
    'SyncProxyRules latency in seconds for full resyncs',
    [],
    buckets,
  );
  private readonly partial = metrics.histogram(
    'kubeproxy_sync_partial_proxy_rules_duration_seconds',
    'SyncProxyRules latency in seconds for partial resyncs',
    [],
    buckets,
  );
  private readonly rules = metrics.gauge(
    'kubeproxy_sync_proxy_rules_iptables_total',
    'Total number of iptables rules owned by kube-proxy',
    ['table'],
  );
  private readonly failures = metrics.counter(
    'kubeproxy_sync_proxy_rules_iptables_restore_failures_total',
    'Cumulative proxy iptables restore failures',
  );
  private readonly lastQueued = metrics.gauge(
    'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds',
    'The last time a sync of proxy rules was queued',
  );
  private readonly last = metrics.gauge(
    'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
    'The last time proxy rules were successfully synced',
  );
  private readonly services = metrics.counter(
    'kubeproxy_sync_proxy_rules_service_changes_total',
    'Cumulative proxy rules Service changes',
  );
  private readonly endpoints = metrics.counter(
    'kubeproxy_sync_proxy_rules_endpoint_changes_total',
    'Cumulative proxy rules Endpoint changes',
  );

  changed(what: 'service' | 'endpoint'): void {
    (what === 'service' ? this.services : this.endpoints).inc();
    this.lastQueued.set(Date.now() / 1000);
  }

  synced({ seconds, full, rules }: SyncOutcome): void {
    this.all.observe(seconds);
    (full ? this.full : this.partial).observe(seconds);
    this.last.set(Date.now() / 1000);
    for (const [table, count] of Object.entries(rules)) this.rules.set({ table }, count);
  }

  failed(): void {
    this.failures.inc();
  }
}
