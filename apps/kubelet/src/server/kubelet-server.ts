import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { NodeAgent } from '@nestor/node';
import { createLogger, metrics } from '@nestor/telemetry';
import type { KubeletCertificates } from '../certificates/kubelet-certificates';
import type { KubeletConfig } from '../kubelet.config';
import { refuseCaller } from './authorize-client';
import { writeContainerLogs } from './container-logs';
import { HttpError } from './http-error';
import { PodDirectory } from './pod-directory';
import { statsSummary } from './stats-summary';
import { StreamSockets } from './stream-sockets';

const log = createLogger('kubelet-server');

/** The kubelet's HTTPS API: logs, exec, attach, port-forward, pods, stats. Its caller is the API server. */
export class KubeletServer {
  private readonly server: Server;
  private readonly directory: PodDirectory;
  private readonly streams: StreamSockets;

  constructor(
    private readonly config: KubeletConfig,
    private readonly agents: readonly NodeAgent[],
    certificates: Pick<KubeletCertificates, 'tls' | 'onServingChange'>,
  ) {
    this.directory = new PodDirectory(agents);
    this.streams = new StreamSockets(this.directory);
    const tls = {
      ...certificates.tls,
      requestCert: true,
      // Judged per request, so that the refusal is an answer and not a broken connection.
      rejectUnauthorized: false,
    };
    this.server = createServer(tls, (request, response) => void this.handle(request, response));
    certificates.onServingChange((renewed) => this.server.setSecureContext(renewed));
    this.server.on('upgrade', (request, socket, head) => void this.upgrade(request, socket, head));
  }

  listen(): Promise<void> {
    const { port, address } = this.config;
    return new Promise((resolve, reject) => {
      this.server.once('error', (error) => reject(new Error(`cannot listen on ${address}:${port}: ${error.message}`)));
      this.server.listen(port, address, resolve);
    });
  }

  async close(): Promise<void> {
    this.streams.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'https://kubelet');
      if (url.pathname !== '/healthz') refuseCaller(request);
      await this.route(url, request, response);
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      if (status === 500) log.warn({ path: request.url, error: String(error) }, 'request failed');
      if (response.headersSent) return void response.destroy();
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${(error as Error).message}\n`);
    }
  }

  private async route(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [first, ...rest] = url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    switch (first) {
      case 'healthz':
        return send(response, 'text/plain; charset=utf-8', 'ok');
      case 'metrics':
        return send(response, metrics.contentType, await metrics.text());
      case 'pods':
      case 'runningpods':
        return sendJson(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.directory.pods() });
      case 'stats':
        return sendJson(response, await statsSummary(this.agents));
      case 'containerLogs': {
        const [namespace = '', pod = '', container = ''] = rest;
        return writeContainerLogs(this.directory.find(namespace, pod), container, { url, request, response });
      }
      case 'exec':
      case 'attach':
      case 'portForward':
        throw new HttpError(400, 'unable to upgrade: missing upgrade headers in request');
      default:
        throw new HttpError(404, '404 page not found');
    }
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', (error) => log.debug({ error: error.message }, 'stream connection broke'));
    try {
      refuseCaller(request);
      await this.streams.accept(request, socket, head);
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      const text = `${(error as Error).message}\n`;
      const fields = `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close`;
      socket.end(`HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'Error'}\r\n${fields}\r\n\r\n${text}`);
    }
  }
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type });
  response.end(body);
}

function sendJson(response: ServerResponse, body: unknown): void {
  send(response, 'application/json', JSON.stringify(body));
}
