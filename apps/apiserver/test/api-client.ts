import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { ApiObject } from '@nestor/api';
import { clusterIdentities, type ClusterPki, type Identity } from '@nestor/pki';
import type { TestApiServer } from '@nestor/testing';

export interface Answer {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: ApiObject & Record<string, any>;
}

export interface WatchLine {
  type: string;
  object: ApiObject & Record<string, any>;
}

/** A bare HTTPS client: these tests are about what goes over the wire. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly agent: Agent,
    private readonly token?: string,
  ) {}

  static async of(server: TestApiServer, identity: Identity = clusterIdentities.admin): Promise<ApiClient> {
    return new ApiClient(server.url, await agentFor(server.pki, identity));
  }

  static withToken(server: TestApiServer, token?: string): ApiClient {
    return new ApiClient(server.url, new Agent({ ca: readFileSync(server.caFile), keepAlive: true }), token);
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.url}${path}`,
        { agent: this.agent, method, headers: this.headers(body, headers) },
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
        { agent: this.agent, headers: this.headers(undefined, {}) },
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

  private headers(body: unknown, given: Record<string, string>): Record<string, string> {
    return {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
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

export const configMap = (name: string, data: Record<string, string> = { a: '1' }): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

export const pod = (name: string, more: Record<string, unknown> = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox' }], ...more },
});

export const serviceAccount = (name = 'default'): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name },
});
