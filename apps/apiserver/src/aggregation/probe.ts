import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { systemMasters } from '@nestor/auth';
import type { DiscoveredResource } from '../discovery/api-resources';
import type { ClientCertificate } from '../files/client-credentials';
import { proxyUserHeaders } from './proxy-user-headers';
import type { RemoteApi } from './remote-api';
import type { Location } from './service-location';

const timeoutMs = 5000;
const maxBytes = 8 * 1024 * 1024;
/** With this identity whoever is asked has nothing to refuse. */
const aggregator = { name: 'system:kube-aggregator', groups: [systemMasters] };

/**
 * Asks for the one document that every aggregated server has to have: the list of its resources. Whom it comes from is not
 * judged here; requests of clients are sent only to who can be trusted. Throws why there is none.
 */
export async function probe(
  api: RemoteApi,
  { host, port }: Location,
  certificate: ClientCertificate,
): Promise<DiscoveredResource[] | undefined> {
  const path = api.group === '' ? `/api/${api.version}` : `/apis/${api.group}/${api.version}`;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  try {
    const { code, text } = await get({ host, port, path }, certificate);
    if (code < 200 || code >= 300) throw new Error(`bad status from ${url}: ${code}`);
    return resourcesIn(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`failing or missing response from ${url}: ${why}`, { cause: error });
  }
}

/** Where the server publishes the schema of its group and version; undefined where it publishes none. */
export async function openApiUrl(
  { group, version }: RemoteApi,
  to: Location,
  certificate: ClientCertificate,
): Promise<string | undefined> {
  try {
    const { code, text } = await get({ ...to, path: '/openapi/v3' }, certificate);
    if (code !== 200) return undefined;
    const { paths } = JSON.parse(text) as { paths?: Record<string, { serverRelativeURL?: unknown } | undefined> };
    const key = `apis/${group}/${version}`;
    const url = paths?.[key]?.serverRelativeURL;
    return typeof url === 'string' && url.startsWith(`/openapi/v3/${key}`) ? url : undefined;
  } catch {
    // Schemas are a courtesy: a server without them is as available as any.
    return undefined;
  }
}

function get(to: Location & { path: string }, certificate: ClientCertificate): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...to,
        ...certificate,
        agent: false,
        rejectUnauthorized: false,
        timeout: timeoutMs,
        headers: { accept: 'application/json', ...proxyUserHeaders(aggregator) },
      },
      (answer: IncomingMessage) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on('data', (part: Buffer) => {
          size += part.length;
          if (size > maxBytes) answer.destroy(new Error('the answer is too large'));
          else parts.push(part);
        });
        answer.on('error', reject);
        answer.on('end', () => resolve({ code: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('timed out waiting for an answer')));
    sent.on('error', reject);
    sent.end();
  });
}

/** Undefined where the answer is no list of resources: that does not make the server unavailable. */
function resourcesIn(text: string): DiscoveredResource[] | undefined {
  try {
    const { resources } = JSON.parse(text) as { resources?: DiscoveredResource[] | null };
    const isOne = (one: DiscoveredResource): boolean => typeof one?.name === 'string' && typeof one.kind === 'string';
    return Array.isArray(resources) ? resources.filter(isOne).map(asResource) : undefined;
  } catch {
    return undefined;
  }
}

const asResource = (one: DiscoveredResource): DiscoveredResource => ({
  name: one.name,
  singularName: one.singularName ?? '',
  namespaced: one.namespaced === true,
  kind: one.kind,
  verbs: Array.isArray(one.verbs) ? one.verbs : [],
  ...(one.group ? { group: one.group } : {}),
  ...(one.version ? { version: one.version } : {}),
  ...(one.shortNames?.length ? { shortNames: one.shortNames } : {}),
  ...(one.categories?.length ? { categories: one.categories } : {}),
});
