import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { answerError, goNetworkError, type Webhook } from '@nestor/api';
import { guardedLookup, isOwnAddress, serverNameOptions } from '@nestor/formats';
import { readAnswer } from './read-answer';
import type { CredentialsFor } from './webhook-credentials';

/** Where a Service's port is reached. Throws where there is no such Service or nothing behind it. */
export type ServiceLocator = (namespace: string, name: string, port: number) => { host: string; port: number };

export interface WebhookClientOptions {
  locate: ServiceLocator;
  credentials: CredentialsFor;
  /** Webhooks may be on loopback and link-local addresses: for tests and machines of one user. */
  allowsOwnAddresses: boolean;
}

type ClientConfig = Webhook['clientConfig'];

interface Target {
  /** As errors show it. */
  url: string;
  path: string;
  /** In the certificate. */
  serverName: string;
  /** Where the connection goes. */
  host: string;
  port: number;
}

/** Posts reviews to webhooks. Connections are kept per client configuration. */
export class WebhookClient {
  private readonly agents = new WeakMap<object, Agent>();
  constructor(private readonly options: WebhookClientOptions) {}

  /** The answer's JSON. Throws Errors worded as Go's HTTP client words them, with the code that came back. */
  async post(config: ClientConfig, body: unknown, timeoutSeconds: number): Promise<unknown> {
    const query = `?timeout=${timeoutSeconds}s`;
    const shown = `${shownUrl(config)}${query}`;
    try {
      const target = this.targetOf(config);
      return await this.send(config, { ...target, path: target.path + query }, JSON.stringify(body), timeoutSeconds);
    } catch (error) {
      throw goNetworkError(error, shown);
    }
  }

  private targetOf(config: ClientConfig): Target {
    const { service } = config;
    if (!service) return urlTarget(config);
    const { namespace, name, port = 443, path = '' } = service;
    const location = this.options.locate(namespace, name, port);
    const serverName = `${name}.${namespace}.svc`;
    return { url: shownUrl(config), path: path || '/', serverName, ...location };
  }

  private async send(config: ClientConfig, target: Target, body: string, timeoutSeconds: number): Promise<unknown> {
    if (!this.options.allowsOwnAddresses && isOwnAddress(target.host)) throw notAllowed(target.host);
    const { authorization } = this.options.credentials(credentialsHost(config, target));
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = httpsRequest({
        method: 'POST',
        host: target.host,
        port: target.port,
        path: target.path,
        agent: this.agentFor(config, target),
        ...serverNameOptions(target.serverName),
        lookup: this.options.allowsOwnAddresses ? undefined : guarded,
        signal,
        headers: {
          host: new URL(target.url).host,
          'content-type': 'application/json',
          accept: 'application/json, */*',
          'content-length': Buffer.byteLength(body),
          ...(authorization ? { authorization } : {}),
        },
      });
      sent.on('response', resolve);
      sent.on('error', reject);
      sent.end(body);
    });
    const text = await readAnswer(response);
    const code = response.statusCode ?? 0;
    if (code < 200 || code > 299) throw answerError(code, text);
    return JSON.parse(text) as unknown;
  }

  /** One for each client configuration, as long as that is stored; idle connections end by themselves. */
  private agentFor(config: ClientConfig, target: Target): Agent {
    const known = this.agents.get(config);
    if (known) return known;
    const { cert, key } = this.options.credentials(credentialsHost(config, target));
    const agent = new Agent({
      keepAlive: true,
      timeout: idleMs,
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(config.caBundle ? { ca: Buffer.from(config.caBundle, 'base64') } : {}),
    });
    this.agents.set(config, agent);
    return agent;
  }
}
const idleMs = 90_000;

function shownUrl({ url, service }: ClientConfig): string {
  if (!service) return url ?? '';
  return `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${service.path ?? ''}`;
}

function urlTarget({ url = '' }: ClientConfig): Target {
  const { hostname, port, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return { url, path: pathname, serverName: host, host, port: Number(port || 443) };
}

const credentialsHost = ({ service }: ClientConfig, { serverName, port }: Target): string =>
  service ? `${serverName}:${service.port ?? 443}` : `${serverName}:${port}`;

const notAllowed = (address: string): Error =>
  new Error(`dial tcp: webhooks on loopback and link-local addresses are not allowed: ${address}`);

const guarded = guardedLookup(notAllowed);
