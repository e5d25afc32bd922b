import { Pool, type Dispatcher } from 'undici';
import type { Connection } from '@nestor/connection';

export const namespace = 'consistency';
export const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;

export interface Answer {
  code: number;
  body: any;
}

/** An answer that takes longer is one that never came. */
const patienceMs = 12_000;

/** Plain requests to one replica; throws when no answer came. */
export class Api {
  private readonly pool: Pool;

  constructor({ server, ca, cert, key }: Connection) {
    this.pool = new Pool(server, { connections: 16, connect: { ca, cert, key, timeout: 3000 } });
  }

  async send(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.pool.request({
      method,
      path,
      signal: AbortSignal.timeout(patienceMs),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { code: answer.statusCode, body: JSON.parse(await answer.body.text()) as unknown };
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
