import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { tlsSettings } from '@nestor/config';
import type { NodeAgent } from '@nestor/node';
import { createLogger } from '@nestor/telemetry';
import type { KubeletAuth } from '../auth/kubelet-auth';
import type { KubeletCertificates, ServingTls } from '../certificates/kubelet-certificates';
import type { KubeletConfig } from '../kubelet.config';
import { errorAnswer } from './http-error';
import { answering, closeServer, listenOn, serverLimits } from './http-server';
import { kubeletConfiguration } from './kubelet-configuration';
import { NodeRoutes } from './node-routes';
import { PodDirectory } from './pod-directory';
import { ReadOnlyServer } from './read-only-server';
import { requestPath, type RequestPath } from './request-path';
import { StreamSockets } from './stream-sockets';
import { SystemLogs } from './system-logs';

const log = createLogger('kubelet-server');

export interface KubeletServerOptions {
  config: KubeletConfig;
  agents: readonly NodeAgent[];
  certificates: Pick<KubeletCertificates, 'tls' | 'onServingChange'>;
  auth: KubeletAuth;
}

/** The kubelet's HTTPS API: logs, exec, attach, port-forward, pods, stats, its configuration. Its caller is the API server, mostly. */
export class KubeletServer {
  private readonly server: Server;
  private readonly directory: PodDirectory;
  private readonly routes: NodeRoutes;
  private readonly streams: StreamSockets;
  private readonly readOnly: ReadOnlyServer | undefined;

  constructor(private readonly options: KubeletServerOptions) {
    const { config, agents, certificates, auth } = options;
    this.directory = new PodDirectory(agents);
    this.routes = new NodeRoutes({
      agents,
      directory: this.directory,
      systemLogs: config.enableSystemLogHandler ? new SystemLogs() : undefined,
      configuration: kubeletConfiguration(config),
    });
    this.streams = new StreamSockets(this.directory);
    this.readOnly = config.readOnlyPort > 0 ? new ReadOnlyServer(config, this.routes) : undefined;
    this.server = createServer(
      {
        ...this.contextOf(certificates.tls),
        ...serverLimits,
        requestCert: certificates.tls.ca !== undefined,
        // Judged per request, so that the refusal is an answer and not a broken connection.
        rejectUnauthorized: false,
      },
      (request, response) => void this.handle(request, response),
    );
    certificates.onServingChange((renewed) => {
      if (renewed.ca !== undefined) auth.trust(renewed.ca);
      this.server.setSecureContext(this.contextOf(renewed));
    });
    this.server.on('upgrade', (request, socket, head) => void this.upgrade(request, socket, head));
  }

  async listen(): Promise<void> {
    const { port, address } = this.options.config;
    await listenOn(this.server, port, address);
    await this.readOnly?.listen();
  }

  async close(): Promise<void> {
    this.streams.close();
    await Promise.all([closeServer(this.server), this.readOnly?.close()]);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await answering({ request, response }, async () => {
      const path = requestPath(request.url);
      await this.admit(request, path);
      await this.routes.serve({ ...path, request, response });
    });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', (error) => log.debug({ error: error.message }, 'stream connection broke'));
    try {
      const path = requestPath(request.url);
      await this.admit(request, path);
      await this.streams.accept(path, { request, socket, head });
    } catch (error) {
      const { status, headers, body } = errorAnswer(error);
      const fields = Object.entries({ ...headers, connection: 'close' }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${fields.join('')}\r\n${body}`);
    }
  }

  private contextOf({ ca, cert, key }: ServingTls) {
    const { tlsMinVersion, tlsCipherSuites } = this.options.config;
    return { ca, cert, key, ...tlsSettings(tlsMinVersion, tlsCipherSuites) };
  }

  private admit(request: IncomingMessage, { segments }: RequestPath): Promise<void> {
    return this.options.auth.admit(request, { segments, nodeName: this.nodeOf(segments) });
  }

  /** Of many nodes in one process the one whose pod it is about; what is about all of them is about the process. */
  private nodeOf([, namespace = '', pod = '']: readonly string[]): string {
    const { agents, config } = this.options;
    const [only] = agents.length === 1 ? agents : [];
    return only?.options.nodeName ?? this.directory.nodeOf(namespace, pod) ?? config.nodeName;
  }
}
