import { createHash } from 'node:crypto';
import { unknownPath } from '@nestor/api';
import {
  encodeOpenApiV2,
  OPENAPI_V2_PROTOBUF_ACCEPT,
  OPENAPI_V2_PROTOBUF_CONTENT_TYPE,
  openApiV2,
  openApiV3,
} from '@nestor/schema';
import type { Exchange } from '../http/exchange';
import { sendRaw } from '../http/respond';
import type { ResourceRegistry } from '../registry/resource-registry';

interface Document {
  body: Buffer;
  hash: string;
  contentType: string;
}

type Encode = (document: Record<string, unknown>) => Buffer;
const toJson: Encode = (document) => Buffer.from(JSON.stringify(document));

const year = 365 * 24 * 3600;

/** /openapi/v2 and /openapi/v3: documents made once per change of what is served, and addressed by their hash. */
class OpenApiDocuments {
  private generation = -1;
  private documents = new Map<string, Document>();
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly remote: () => [string, string][],
  ) {}

  get(key: string, make: () => Record<string, unknown>, encode = toJson, contentType = 'application/json'): Document {
    if (this.generation !== this.registry.generation) {
      this.generation = this.registry.generation;
      this.documents = new Map();
    }
    const known = this.documents.get(key);
    if (known) return known;
    const body = encode(make());
    const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
    const document = { body, hash, contentType };
    this.documents.set(key, document);
    return document;
  }

  /** kubectl and client-go ask for the document as protobuf, everyone else for JSON. */
  v2(accept: string): Document {
    const make = () => openApiV2({ resources: [...this.registry.all()].map(({ definition }) => definition) });
    return accept.includes(OPENAPI_V2_PROTOBUF_ACCEPT)
      ? this.get('v2 protobuf', make, encodeOpenApiV2, OPENAPI_V2_PROTOBUF_CONTENT_TYPE)
      : this.get('v2', make);
  }

  /** "api/v1" or "apis/apps/v1"; undefined where nothing is served. */
  v3(path: string): Document | undefined {
    const groupVersion = this.groupVersions().get(path);
    if (!groupVersion) return undefined;
    const resources = [...this.registry.all()].map(({ definition }) => definition);
    return this.get(`v3 ${path}`, () => openApiV3({ groupVersion, resources }));
  }

  index(): unknown {
    const own = [...this.groupVersions().keys()].map((path): [string, string] => [
      path,
      `/openapi/v3/${path}?hash=${this.v3(path)?.hash}`,
    ]);
    const urls = [...new Map([...own, ...this.remote()])].sort(([a], [b]) => (a < b ? -1 : 1));
    return { paths: Object.fromEntries(urls.map(([path, serverRelativeURL]) => [path, { serverRelativeURL }])) };
  }

  private groupVersions(): Map<string, { group: string; version: string }> {
    const found = new Map<string, { group: string; version: string }>();
    for (const { definition } of this.registry.all()) {
      const { group, version } = definition;
      found.set(group === '' ? `api/${version}` : `apis/${group}/${version}`, { group, version });
    }
    return found;
  }
}

/** `remote` lists the schemas of groups that other servers answer for; these servers send them. */
export function openApiPaths(
  registry: ResourceRegistry,
  remote: () => [string, string][],
): (exchange: Exchange) => Promise<void> | undefined {
  const documents = new OpenApiDocuments(registry, remote);
  return (exchange) => {
    const { path } = exchange.info;
    if (path === '/openapi/v2') send(exchange, documents.v2(exchange.request.headers.accept ?? ''));
    else if (path === '/openapi/v3' || path === '/openapi/v3/') {
      sendRaw(exchange, 200, 'application/json', Buffer.from(JSON.stringify(documents.index())));
    } else if (path.startsWith('/openapi/v3/')) sendVersion(exchange, documents.v3(path.slice('/openapi/v3/'.length)));
    else return undefined;
    return Promise.resolve();
  };
}

/** A URL with the right hash never changes its answer; one with an old hash is sent on. */
function sendVersion(exchange: Exchange, document: Document | undefined): void {
  if (!document) throw unknownPath();
  const hash = exchange.query.get('hash');
  if (hash !== null && hash !== document.hash) {
    exchange.response.writeHead(301, { Location: `${exchange.info.path}?hash=${document.hash}` }).end();
    return;
  }
  if (hash !== null) {
    const expires = new Date(Date.now() + year * 1000).toUTCString();
    exchange.response.setHeader('Expires', expires);
  }
  send(exchange, document);
}

function send(exchange: Exchange, { body, hash, contentType }: Document): void {
  const etag = `"${hash}"`;
  const headers = { ETag: etag, Vary: 'Accept' };
  if (exchange.request.headers['if-none-match'] === etag) exchange.response.writeHead(304, headers).end();
  else sendRaw(exchange, 200, contentType, body, headers);
}
