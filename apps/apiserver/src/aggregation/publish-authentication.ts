import type { ApiObject } from '@nestor/api';
import type { ApiServerConfig } from '../apiserver.config';
import type { CertificateFiles } from '../authentication/certificate-files';
import type { ResourceRegistry } from '../registry/resource-registry';
import { newestObject } from '../storage/cached-reads';
import { ensureObject, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const namespace = 'kube-system';
const name = 'extension-apiserver-authentication';

/** What servers of aggregated APIs need to know to believe this one, and clients that come to them directly. */
export async function publishAuthentication(
  storage: StorageContext,
  registry: ResourceRegistry,
  config: ApiServerConfig,
  certificates: CertificateFiles,
): Promise<void> {
  const served = registry.byKey('configmaps');
  if (!served) return;
  const data = authenticationData(config, certificates);
  await ensureObject(storage, served, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
  const found = await newestObject(storage, 'configmaps', namespace, name);
  if (!found || JSON.stringify(found.object()['data']) === JSON.stringify(data)) return;
  await updateOwn(storage, served, { namespace, name }, (current): ApiObject => {
    return { ...current, data: { ...(current['data'] as Record<string, string> | undefined), ...data } };
  });
}

function authenticationData(config: ApiServerConfig, { clientCa, proxyCa }: CertificateFiles): Record<string, string> {
  if (proxyCa === undefined) return { 'client-ca-file': clientCa };
  return {
    'client-ca-file': clientCa,
    'requestheader-allowed-names': JSON.stringify(config.requestheaderAllowedNames),
    'requestheader-client-ca-file': proxyCa,
    'requestheader-extra-headers-prefix': JSON.stringify(config.requestheaderExtraHeadersPrefix),
    'requestheader-group-headers': JSON.stringify(config.requestheaderGroupHeaders),
    'requestheader-uid-headers': JSON.stringify(config.requestheaderUidHeaders),
    'requestheader-username-headers': JSON.stringify(config.requestheaderUsernameHeaders),
  };
}
