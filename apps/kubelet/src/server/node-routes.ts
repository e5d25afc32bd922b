import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeAgent } from '@nestor/node';
import { metrics } from '@nestor/telemetry';
import { writeContainerLogs } from './container-logs';
import { HttpError } from './http-error';
import type { PodDirectory } from './pod-directory';
import type { RequestPath } from './request-path';
import { statsSummary } from './stats-summary';

export interface NodeRequest extends RequestPath {
  request: IncomingMessage;
  response: ServerResponse;
}

/** What a kubelet answers, without a judgement of who may ask. */
export class NodeRoutes {
  constructor(
    private readonly agents: readonly NodeAgent[],
    private readonly directory: PodDirectory,
  ) {}

  async serve(asked: NodeRequest): Promise<void> {
    const [first = '', ...rest] = asked.segments;
    switch (first) {
      case 'runningpods':
        getOnly(asked);
        return sendJson(asked, this.podList());
      case 'containerLogs': {
        getOnly(asked);
        const [namespace = '', pod = '', container = ''] = rest;
        return writeContainerLogs(this.directory.find(namespace, pod), container, asked);
      }
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
        return sendJson(asked, await statsSummary(this.agents));
      default:
        throw new HttpError(404, '404: Page Not Found');
    }
  }

  private podList(): object {
    return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.directory.pods() };
  }
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
