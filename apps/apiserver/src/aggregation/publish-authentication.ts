import { readFileSync } from 'node:fs';
import type { ApiObject } from '@nestor/api';
import type { ApiServerConfig } from '../apiserver.config';
import type { ResourceRegistry } from '../registry/resource-registry';
import { currentObject } from '../storage/cached-reads';
import { ensureObject, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';
import { requestHeaders } from './proxy-user-headers';

const namespace = 'kube-system';
const name = 'extension-apiserver-authentication';

/** What servers of aggregated APIs need to know to believe this one, and clients that come to them directly. */
export async function publishAuthentication(
  storage: StorageContext,
  registry: ResourceRegistry,
  config: ApiServerConfig,
): Promise<void> {
  const served = registry.byKey('configmaps');
  if (!served) return;
  const data = authenticationData(config);
  await ensureObject(storage, served, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
  const found = await currentObject(storage, 'configmaps', namespace, name);
  if (!found || JSON.stringify(found.object()['data']) === JSON.stringify(data)) return;
  await updateOwn(storage, served, { namespace, name }, (current): ApiObject => {
    return { ...current, data: { ...(current['data'] as Record<string, string> | undefined), ...data } };
  });
}

function authenticationData(config: ApiServerConfig): Record<string, string> {
  const { clientCaFile, requestheaderClientCaFile: caFile, requestheaderAllowedNames: names } = config;
  return {
    'client-ca-file': readFileSync(clientCaFile, 'utf8'),
    ...(caFile
      ? {
          'requestheader-allowed-names': JSON.stringify(names),
          'requestheader-client-ca-file': readFileSync(caFile, 'utf8'),
          'requestheader-extra-headers-prefix': JSON.stringify([requestHeaders.extraPrefix]),
          'requestheader-group-headers': JSON.stringify([requestHeaders.group]),
          'requestheader-uid-headers': JSON.stringify([requestHeaders.uid]),
          'requestheader-username-headers': JSON.stringify([requestHeaders.user]),
        }
      : {}),
  };
}
