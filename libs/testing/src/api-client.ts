import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { clusterIdentities, type ClusterPki, type Identity } from '@nestor/pki';
import type { TestApiServer } from './test-api-server';

/** Any object of the API. Nothing that the API's own library needs for its tests may need that library. */
type AnyObject = {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    [field: string]: any;
  };
} & Record<string, any>;

/** Where an API is, and the certificates of who may be its clients. */
export type ApiAccess = Pick<TestApiServer, 'url' | 'caFile' | 'pki'>;

export interface Answer {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: AnyObject;
}

export interface WatchLine {
  type: string;
  object: AnyObject;
}

/** A bare HTTPS client: these tests are about what goes over the wire. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly agent: Agent,
    private readonly token?: string,
  ) {}

  static async of(server: ApiAccess, identity: Identity = clusterIdentities.admin): Promise<ApiClient> {
    return new ApiClient(server.url, await agentFor(server.pki, identity));
  }

  static withToken(server: ApiAccess, token?: string): ApiClient {
    return new ApiClient(server.url, new Agent({ ca: readFileSync(server.caFile), keepAlive: true }), token);
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.url}${path}`,
        { agent: this.agent, method, headers: this.headers(method, body, headers) },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) });
          });
        },
      );
      sent.on('error', reject);
      // A DELETE with a body has no length of its own in Node.
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      if (text) sent.setHeader('content-length', Buffer.byteLength(text));
      sent.end(text);
    });
  }

  get = (path: string, headers?: Record<string, string>): Promise<Answer> => this.send('GET', path, undefined, headers);
  post = (path: string, body: unknown): Promise<Answer> => this.send('POST', path, body);
  put = (path: string, body: unknown): Promise<Answer> => this.send('PUT', path, body);
  delete = (path: string, body?: unknown): Promise<Answer> => this.send('DELETE', path, body);
  patch(path: string, type: 'json' | 'merge' | 'strategic' | 'apply', body: unknown): Promise<Answer> {
    const content =
      type === 'apply'
        ? 'application/apply-patch+yaml'
        : `application/${type === 'strategic' ? 'strategic-merge' : type}-patch+json`;
    return this.send('PATCH', path, body, { 'content-type': content });
  }

  /** Collects the lines of a watch until `enough` says so or the server ends it. */
  watch(path: string, enough: (lines: WatchLine[]) => boolean): Promise<WatchLine[]> {
    return new Promise((resolve, reject) => {
      const lines: WatchLine[] = [];
      const sent = request(
        `${this.url}${path}`,
        { agent: this.agent, headers: this.headers('GET', undefined, {}) },
        (response) => {
          let rest = '';
          response.on('data', (part: Buffer) => {
            const texts = (rest + part.toString('utf8')).split('\n');
            rest = texts.pop() ?? '';
            for (const text of texts) lines.push(JSON.parse(text) as WatchLine);
            if (enough(lines)) {
              resolve(lines);
              sent.destroy();
            }
          });
          response.on('end', () => resolve(lines));
          response.on('error', () => resolve(lines));
        },
      );
      sent.on('error', (error) => (lines.length > 0 ? resolve(lines) : reject(error)));
      sent.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private headers(method: string, body: unknown, given: Record<string, string>): Record<string, string> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return {
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      ...given,
    };
  }
}

async function agentFor(pki: ClusterPki, identity: Identity): Promise<Agent> {
  const { certificateFile, keyFile } = await pki.client(identity);
  return new Agent({
    keepAlive: true,
    ca: readFileSync(pki.caFile),
    cert: readFileSync(certificateFile),
    key: readFileSync(keyFile),
  });
}

function parsed(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    // Some answers are plain text; tests of those read `text`.
    return {} as Answer['body'];
  }
}
