import type { CertificateLife } from '@nestor/pki';
import { metrics } from '@nestor/telemetry';

type Current = () => CertificateLife | undefined;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const rotationBuckets = [minute, hour, 4 * hour, day, 7 * day, 30 * day, 90 * day, 180 * day, 360 * day, 1440 * day];

const ttlOf = (current: Current): number => {
  const life = current();
  return life ? Math.trunc((life.notAfter - Date.now()) / 1000) : Infinity;
};
const endOf = (current: Current): number => Math.trunc((current()?.notAfter ?? 0) / 1000);
const lifetimeHelp =
  'Gauge of the lifetime of a certificate. The value is the date the certificate will expire in seconds since January 1, 1970 UTC.';
const ttlHelp = (whose: string, kind: string): string =>
  `Gauge of ${whose}. The value is in seconds until certificate expiry (negative if already expired). If ${kind} certificate is invalid or unused, the value will be +INF.`;
const failuresHelp = 'Counter of certificate renewal errors.';

export function observeClientCertificate(current: Current): { failed: () => void } {
  metrics.gaugeOf(
    'kubelet_certificate_manager_client_ttl_seconds',
    ttlHelp("the TTL (time-to-live) of the Kubelet's client certificate", 'client'),
    () => ttlOf(current),
  );
  metrics.gaugeOf('kubelet_certificate_manager_client_expiration_seconds', lifetimeHelp, () => endOf(current));
  const failures = metrics.counter('kubelet_certificate_manager_client_expiration_renew_errors', failuresHelp);
  return { failed: () => failures.inc() };
}

export function observeServingCertificate(current: Current): {
  failed: () => void;
  rotated: (previous: CertificateLife) => void;
} {
  metrics.gaugeOf(
    'kubelet_certificate_manager_server_ttl_seconds',
    ttlHelp("the shortest TTL (time-to-live) of the Kubelet's serving certificate", 'serving'),
    () => ttlOf(current),
  );
  metrics.gaugeOf('kubelet_certificate_manager_server_expiration_seconds', lifetimeHelp, () => endOf(current));
  const failures = metrics.counter('kubelet_server_expiration_renew_errors', failuresHelp);
  const lived = metrics.histogram(
    'kubelet_certificate_manager_server_rotation_seconds',
    'Histogram of the number of seconds the previous certificate lived before being rotated.',
    [],
    rotationBuckets,
  );
  return {
    failed: () => failures.inc(),
    rotated: ({ notBefore }) => lived.observe((Date.now() - notBefore) / 1000),
  };
}
