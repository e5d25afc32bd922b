import { createHash } from 'node:crypto';
import { unknownPath } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { Accepted, negotiate } from '../http/media-type';
import { sendObject, sendRaw } from '../http/respond';
import type { ResourceRegistry } from '../registry/resource-registry';
import { aggregated, apiGroup, resourceList } from './aggregated-discovery';
import { virtualResources, type VirtualResource } from './api-resources';
import { DiscoveredGroup, discoverGroups, RemoteVersion } from './group-versions';

/** Who else answers for groups and versions. */
export interface RemoteVersions {
  generation: number;
  versions(): RemoteVersion[];
}

const form = 'APIGroupDiscoveryList';

/** /api, /apis and below. Documents are made once per change of what is served. */
export class DiscoveryPaths {
  private generation = '';
  private groups: DiscoveredGroup[] = [];
  private documents = new Map<string, { body: Buffer; etag: string }>();
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly remote: RemoteVersions,
    private readonly serverAddress: () => string,
    private readonly ownVirtual: readonly VirtualResource[] = [],
  ) {}

  answer(exchange: Exchange): Promise<void> | undefined {
    const { path } = exchange.info;
    const segments = path.split('/').filter((segment) => segment !== '');
    if (segments[0] !== 'api' && segments[0] !== 'apis') return undefined;
    this.refresh();
    const accepted = negotiate(exchange.request.headers.accept, segments.length === 1 ? [form] : []);
    if (accepted.as === form) this.sendAggregated(exchange, segments[0], accepted);
    else sendObject(exchange, 200, this.document(segments), accepted);
    return Promise.resolve();
  }

  private refresh(): void {
    const generation = `${this.registry.generation} ${this.remote.generation}`;
    if (this.generation === generation) return;
    this.generation = generation;
    this.groups = discoverGroups(this.registry, this.remote.versions(), [...virtualResources, ...this.ownVirtual]);
    this.documents = new Map();
  }

  private document(segments: readonly string[]): unknown {
    const [root, first, second, extra] = segments;
    if (extra !== undefined) throw unknownPath();
    if (root === 'api') return first === undefined ? this.coreVersions() : this.resources('', first);
    if (first === undefined) {
      const groups = this.groups.filter(({ group }) => group !== '').map(apiGroup);
      return { kind: 'APIGroupList', apiVersion: 'v1', groups };
    }
    if (second !== undefined) return this.resources(first, second);
    const found = this.groups.find(({ group }) => group === first);
    if (!found) throw unknownPath();
    return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) };
  }

  private coreVersions(): unknown {
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: this.serverAddress() }],
    };
  }

  private resources(group: string, version: string): unknown {
    const found = this.groups.find((one) => one.group === group)?.versions.find((one) => one.version === version);
    if (!found) throw unknownPath();
    return resourceList(group === '' ? version : `${group}/${version}`, found.resources);
  }

  private sendAggregated(exchange: Exchange, root: string, { version }: Accepted): void {
    const key = `${root} ${version}`;
    const known = this.documents.get(key);
    const document = known ?? this.aggregatedDocument(root, version || 'v2');
    if (!known) this.documents.set(key, document);
    const headers = { ETag: document.etag, Vary: 'Accept' };
    if (exchange.request.headers['if-none-match'] === document.etag) {
      exchange.response.writeHead(304, headers).end();
      return;
    }
    const type = `application/json;g=apidiscovery.k8s.io;v=${version || 'v2'};as=${form}`;
    sendRaw(exchange, 200, type, document.body, headers);
  }

  private aggregatedDocument(root: string, version: string): { body: Buffer; etag: string } {
    const groups = this.groups.filter(({ group }) => (group === '') === (root === 'api'));
    const body = Buffer.from(JSON.stringify(aggregated(groups, version)));
    return { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
  }
}
