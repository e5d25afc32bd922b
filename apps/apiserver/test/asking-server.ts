import { join } from 'node:path';
import { createClusterPki } from '@nestor/pki';
import { ApiClient, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { startReviewWebhook, type ReviewWebhook } from './review-webhook';

export interface AskingServer {
  webhook: ReviewWebhook;
  server: TestApiServer;
  admin: ApiClient;
  stop(): Promise<void>;
}

/** An API server with a webhook that it asks, by flags that name the webhook's kubeconfig. */
export async function startAskingServer(flags: (kubeconfig: string) => string[]): Promise<AskingServer> {
  const directory = temporaryDirectory('asking-server');
  const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
  const webhook = await startReviewWebhook(pki);
  const kubeconfig = await webhook.kubeconfig(join(directory.path, 'webhook.kubeconfig'));
  const server = await startApiServer({ pki, args: flags(kubeconfig) });
  const admin = await ApiClient.of(server);
  return {
    webhook,
    server,
    admin,
    stop: async () => {
      admin.close();
      await server.stop();
      await webhook.stop();
      directory.remove();
    },
  };
}
