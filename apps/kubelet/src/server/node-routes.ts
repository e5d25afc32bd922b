import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeAgent } from '@nestor/node';
import { metrics } from '@nestor/telemetry';
import { writeContainerLogs } from './container-logs';
import { HttpError } from './http-error';
import type { PodDirectory } from './pod-directory';
import type { RequestPath } from './request-path';
import { statsSummary } from './stats-summary';
import type { SystemLogs } from './system-logs';

export interface NodeRequest extends RequestPath {
  request: IncomingMessage;
  response: ServerResponse;
}

export interface NodeRoutesOptions {
  agents: readonly NodeAgent[];
  directory: PodDirectory;
  /** Undefined where they are not served. */
  systemLogs: SystemLogs | undefined;
  /** What /configz shows. */
  configuration: object;
}

/** What a kubelet answers, without a judgement of who may ask. */
export class NodeRoutes {
  constructor(private readonly options: NodeRoutesOptions) {}

  async serve(asked: NodeRequest): Promise<void> {
    const [first = '', ...rest] = asked.segments;
    switch (first) {
      case 'runningpods':
        getOnly(asked);
        return sendJson(asked, this.podList());
      case 'containerLogs': {
        getOnly(asked);
        const [namespace = '', pod = '', container = ''] = rest;
        return writeContainerLogs(this.options.directory.find(namespace, pod), container, asked);
      }
      case 'logs':
        return this.serveLogs(asked);
      case 'configz':
        if (rest.length > 0) throw pageNotFound();
        asked.response.setHeader('x-content-type-options', 'nosniff');
        return sendJson(asked, { kubeletconfig: this.options.configuration });
      case 'exec':
      case 'attach':
      case 'portForward':
        throw new HttpError(400, 'unable to upgrade: missing upgrade headers in request');
      default:
        return this.serveReadOnly(asked);
    }
  }

  /** What --read-only-port serves, too, to everybody. */
  async serveReadOnly(asked: NodeRequest): Promise<void> {
    switch (asked.segments[0]) {
      case 'healthz':
        return send(asked, 'text/plain; charset=utf-8', 'ok');
      case 'metrics':
        return send(asked, metrics.contentType, await metrics.text());
      case 'pods':
        getOnly(asked);
        return sendJson(asked, this.podList());
      case 'stats':
        getOnly(asked);
        return sendJson(asked, await statsSummary(this.options.agents));
      default:
        throw pageNotFound();
    }
  }

  private async serveLogs(asked: NodeRequest): Promise<void> {
    const { systemLogs } = this.options;
    if (!systemLogs) throw new HttpError(405, 'logs endpoint is disabled.\n');
    getOnly(asked);
    await systemLogs.serve(asked);
  }

  private podList(): object {
    return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.options.directory.pods() };
  }
}

function pageNotFound(): HttpError {
  return new HttpError(404, '404: Page Not Found');
}

function getOnly({ request }: NodeRequest): void {
  if (request.method !== 'GET') throw new HttpError(405, '405: Method Not Allowed', { allow: 'GET' });
}

function send({ response }: NodeRequest, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type });
  response.end(body);
}

function sendJson(asked: NodeRequest, body: unknown): void {
  send(asked, 'application/json', JSON.stringify(body));
}
