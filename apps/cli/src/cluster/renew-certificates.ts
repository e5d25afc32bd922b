import { existsSync, readFileSync } from 'node:fs';
import { clusterIdentities, type ClusterPki } from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';

const log = createLogger('certificates');
const hourMs = 3_600_000;
/** Looks in the life of a certificate: enough that none is missed between its renewal's time and its end. */
const looksInALife = 50;

/**
 * Renews the control plane's certificates while the cluster runs. The components follow their files, so nothing is
 * restarted; the administrator's kubeconfig, which carries its own, is written anew. The result ends it.
 */
export function keepCertificatesFresh(pki: ClusterPki, adminKubeconfig: string, validSeconds: number): () => void {
  const look = async (): Promise<void> => {
    const renewed = await pki.renewDue();
    if (renewed.length === 0) return;
    await refreshAdminKubeconfig(pki, adminKubeconfig, renewed);
    log.info({ certificates: renewed }, 'certificates renewed');
  };
  const report = (error: Error): void => log.error({ error: error.message }, 'certificates not renewed');
  const everyMs = Math.max(1000, Math.min(hourMs, (validSeconds * 1000) / looksInALife));
  const timer = setInterval(() => void look().catch(report), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Gives the kubeconfig that carries the administrator's certificate the new one; it goes on to name the same server. */
export async function refreshAdminKubeconfig(pki: ClusterPki, path: string, renewed: readonly string[]): Promise<void> {
  if (!renewed.includes(clusterIdentities.admin.file) || !existsSync(path)) return;
  const server = /^ +server: (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
  if (server) await pki.writeKubeconfig(path, clusterIdentities.admin, server);
}
