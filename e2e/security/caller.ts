import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { loadConnection } from '@nestor/client';
import { nodeIdentity, ClusterPki } from '@nestor/pki';
import type { TestCluster } from '@nestor/testing';
import { join } from 'node:path';

export interface Answer {
  code: number;
  auditId: string;
  text: string;
}

/** Somebody who sends requests to a cluster, with what he holds. */
export class Caller {
  private constructor(
    private readonly server: string,
    private readonly agent: Agent,
    private readonly token?: string,
  ) {}

  static outsider(cluster: TestCluster, token?: string): Caller {
    const { server, ca } = loadConnection(cluster.kubeconfig);
    return new Caller(server, new Agent({ ca }), token);
  }

  /** The holder of a node's client certificate, as its kubelet is. */
  static async node(cluster: TestCluster, name: string): Promise<Caller> {
    const pki = await ClusterPki.open(join(cluster.data, 'pki'));
    const { certificateFile, keyFile } = await pki.client(nodeIdentity(name));
    const { server, ca } = loadConnection(cluster.kubeconfig);
    return new Caller(server, new Agent({ ca, cert: readFileSync(certificateFile), key: readFileSync(keyFile) }));
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return new Promise((resolve, reject) => {
      const sent = request(
        this.server + path,
        {
          method,
          agent: this.agent,
          headers: {
            ...(body === undefined ? {} : { 'content-type': type }),
            ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () =>
            resolve({ code: response.statusCode ?? 0, auditId: String(response.headers['audit-id']), text }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
