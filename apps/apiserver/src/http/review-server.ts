import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { readAnswer } from '@nestor/admission';
import { answerError, goNetworkError, type Status } from '@nestor/api';
import { followCredentials, letGo, type Connection, type Identity } from '@nestor/connection';
import { serverNameOptions } from '@nestor/formats';

/**
 * A server outside that answers reviews, at the path that its kubeconfig names (k8s.io/apiserver util/webhook).
 * Connections are kept; certificates and keys may change in their files.
 */
export class ReviewServer {
  private agent: Agent;
  private readonly url: string;
  private readonly unfollow: () => void;

  constructor(
    private readonly connection: Connection,
    private readonly timeoutMs: number,
  ) {
    const { server } = connection;
    if (!server.startsWith('https://')) throw new Error(`${server}: reviews are sent over https only`);
    this.url = `${server}?timeout=${timeoutMs / 1000}s`;
    this.agent = this.open(connection);
    this.unfollow = followCredentials(connection, (identity) => {
      const old = this.agent;
      this.agent = this.open(identity);
      letGo(old);
    });
  }

  /** What it answers. Rejects with AnswerError, or with an Error worded as Go's client words it. */
  readonly post = async (body: object): Promise<unknown> => {
    try {
      const response = await this.send(JSON.stringify(body));
      return answerOf(response, await readAnswer(response));
    } catch (error) {
      throw goNetworkError(error, this.url);
    }
  };

  close(): void {
    this.unfollow();
    letGo(this.agent);
  }

  private open({ ca, cert, key }: Identity): Agent {
    const { serverName, insecure } = this.connection;
    const tls = { ca, cert, key, ...serverNameOptions(serverName), rejectUnauthorized: !insecure };
    return new Agent({ keepAlive: true, ...tls });
  }

  private send(text: string): Promise<IncomingMessage> {
    const token = this.connection.token?.();
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, */*',
      'content-length': Buffer.byteLength(text),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    const signal = AbortSignal.timeout(this.timeoutMs);
    return new Promise((resolve, reject) => {
      const sent = request(this.url, { method: 'POST', agent: this.agent, headers, signal }, resolve);
      sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
      sent.end(text);
    });
  }
}

function answerOf({ statusCode: code = 0, headers }: IncomingMessage, text: string): unknown {
  if (code >= 200 && code <= 206) return JSON.parse(text) as unknown;
  const seconds = Number(headers['retry-after'] ?? NaN);
  throw answerError(code, saidIn(text), Number.isFinite(seconds) ? seconds : undefined);
}

/** A Status says it itself. */
function saidIn(text: string): string {
  try {
    const { kind, message } = JSON.parse(text) as Partial<Status>;
    return kind === 'Status' && message ? message : text;
  } catch {
    return text;
  }
}
