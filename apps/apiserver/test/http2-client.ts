import { readFileSync } from 'node:fs';
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { clusterIdentities } from '@nestor/pki';
import type { Answer, TestApiServer } from '@nestor/testing';

type Http2Answer = Pick<Answer, 'code' | 'text' | 'body'>;

/** As ApiClient, but an administrator who sends all over one connection of HTTP/2, as client-go does. */
export class Http2Client {
  private constructor(readonly session: ClientHttp2Session) {}

  static async of(server: TestApiServer): Promise<Http2Client> {
    const { certificateFile, keyFile } = await server.pki.client(clusterIdentities.admin);
    const files = { ca: server.caFile, cert: certificateFile, key: keyFile };
    const read = Object.entries(files).map(([name, file]) => [name, readFileSync(file)]);
    return new Http2Client(connect(server.url, Object.fromEntries(read)));
  }

  open(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const stream = this.session.request({ ':method': method, ':path': path, ...type, ...headers });
    return stream.end(body === undefined ? undefined : JSON.stringify(body));
  }

  async send(...request: Parameters<Http2Client['open']>): Promise<Http2Answer> {
    const stream = this.open(...request);
    const answered = new Promise<IncomingHttpHeaders>((resolve) => stream.once('response', resolve));
    let text = '';
    for await (const part of stream.setEncoding('utf8')) text += part as string;
    const { ':status': code, 'content-type': type } = (await answered) as Record<string, unknown>;
    return { code: Number(code), text, body: type === 'application/json' ? JSON.parse(text) : {} };
  }

  close(): void {
    this.session.destroy();
  }
}
