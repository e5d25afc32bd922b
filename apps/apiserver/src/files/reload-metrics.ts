import { createHash } from 'node:crypto';
import { metrics } from '@nestor/telemetry';

export interface ReloadMetrics {
  /** What became of a file that has changed. */
  count(status: 'success' | 'failure'): void;
  /** The text in use from now on. */
  note(text: string): void;
}

/** What upstream counts of a configuration that is read anew: of `authentication` or of `authorization`. */
export function reloadMetrics(what: string): ReloadMetrics {
  const prefix = `apiserver_${what}_config_controller`;
  const reloads = metrics.counter(
    `${prefix}_automatic_reloads_total`,
    `Total number of automatic reloads of ${what} configuration split by status and apiserver identity.`,
    ['status'],
  );
  const reloadedAt = metrics.gauge(
    `${prefix}_automatic_reload_last_timestamp_seconds`,
    `Timestamp of the last automatic reload of ${what} configuration split by status and apiserver identity.`,
    ['status'],
  );
  const inUse = metrics.gauge(
    `${prefix}_last_config_info`,
    `Information about the last applied ${what} configuration with hash as label, split by apiserver identity.`,
    ['hash'],
  );
  return {
    count(status) {
      reloads.inc({ status });
      reloadedAt.set({ status }, Date.now() / 1000);
    },
    note(text) {
      inUse.reset();
      inUse.set({ hash: `sha256:${createHash('sha256').update(text).digest('hex')}` }, 1);
    },
  };
}
