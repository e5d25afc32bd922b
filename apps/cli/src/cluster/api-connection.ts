import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { PemFiles } from '@nestor/pki';

export interface ApiAnswer {
  status: number;
  body: string;
}

/** Requests to the cluster's own API server as its administrator. */
export class ApiConnection {
  constructor(
    private readonly port: number,
    private readonly caFile: string,
    private readonly client: PemFiles,
  ) {}

  async get(path: string): Promise<ApiAnswer> {
    return read(await this.open(path));
  }

  /** False where it is there already. */
  async create(path: string, object: object): Promise<boolean> {
    const { status, body } = await read(await this.send(path, 'POST', { type: 'application/json', object }));
    if (status !== 201 && status !== 409) throw new Error(`POST ${path} was answered with ${status}: ${body}`);
    return status === 201;
  }

  /** A JSON merge patch. */
  async merge(path: string, object: object): Promise<void> {
    const type = 'application/merge-patch+json';
    const { status, body } = await read(await this.send(path, 'PATCH', { type, object }));
    if (status !== 200) throw new Error(`PATCH ${path} was answered with ${status}: ${body}`);
  }

  /** The answer as it comes; reading it fails when the server breaks it off. */
  open(path: string): Promise<IncomingMessage> {
    return this.send(path, 'GET');
  }

  private send(path: string, method: string, body?: { type: string; object: object }): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path,
          method,
          headers: body ? { 'Content-Type': body.type } : {},
          ca: readFileSync(this.caFile),
          cert: readFileSync(this.client.certificateFile),
          key: readFileSync(this.client.keyFile),
          agent: false,
          timeout: 10_000,
        },
        resolve,
      );
      sent.on('timeout', () => sent.destroy(new Error('no answer in 10 seconds')));
      sent.on('error', reject).end(body && JSON.stringify(body.object));
    });
  }

  async getJson<T>(path: string): Promise<T> {
    const { status, body } = await this.get(path);
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}: ${body.slice(0, 300)}`);
    return JSON.parse(body) as T;
  }

  /** Throws while the server is not ready. */
  async ready(): Promise<void> {
    const { status } = await this.get('/readyz');
    if (status !== 200) throw new Error(`/readyz answers ${status}`);
  }

  async readyNodes(): Promise<number> {
    interface NodeList {
      items: { status?: { conditions?: { type: string; status: string }[] } }[];
    }
    const { items } = await this.getJson<NodeList>('/api/v1/nodes');
    return items.filter(({ status }) =>
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    ).length;
  }
}

async function read(response: IncomingMessage): Promise<ApiAnswer> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk as string;
  return { status: response.statusCode ?? 0, body };
}
