import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { clusterIdentities, type ClusterPki } from '@nestor/pki';

export interface AskedReview {
  url: string;
  /** The common name in the certificate that was shown. */
  caller: string;
  apiVersion: string;
  spec: Record<string, any>;
}

/** The status of a review, or an answer that is none. */
export type Answered = object | { code: number; headers?: Record<string, string>; text?: string };

export interface ReviewWebhook {
  asked: AskedReview[];
  answer: (spec: Record<string, any>) => Answered | undefined;
  url: string;
  /** Writes a kubeconfig that leads to it, at this path. */
  kubeconfig(path: string): Promise<string>;
  /** Nobody listens any more, or again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A server that answers reviews as the test says, over TLS, and wants to know who asks. */
export async function startReviewWebhook(pki: ClusterPki): Promise<ReviewWebhook> {
  const { certificateFile, keyFile } = await pki.server('webhook', ['127.0.0.1']);
  const [cert, key, ca] = [certificateFile, keyFile, pki.caFile].map((file) => readFileSync(file));
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { kind, apiVersion, spec } = JSON.parse(Buffer.concat(parts).toString('utf8')) as AskedReview & {
        kind: string;
      };
      const caller = (request.socket as TLSSocket).getPeerCertificate().subject.CN as string;
      webhook.asked.push({ url: request.url ?? '', caller, apiVersion, spec });
      const answer = webhook.answer(spec);
      if (!answer) return;
      const {
        code = 200,
        headers,
        text,
      } = answer as { code?: number; headers?: Record<string, string>; text?: string };
      const body = text ?? JSON.stringify({ kind, apiVersion, status: answer });
      response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  let port = 0;
  const webhook: ReviewWebhook = {
    asked: [],
    answer: () => ({ allowed: false }),
    url: '',
    async kubeconfig(path) {
      await pki.writeKubeconfig(path, clusterIdentities.kubeletClient, webhook.url);
      return path;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    async start() {
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
      webhook.url = `https://127.0.0.1:${port}/authorize`;
    },
  };
  await webhook.start();
  return webhook;
}
