import { isNotFound } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { bootstrapTokenName, bootstrapTokenNamespace, bootstrapTokenType, rfc3339 } from '@nestor/formats';
import { authorityHash, bootstrapTokenIdPattern, parseBootstrapToken } from '@nestor/pki';
import { parseClusterInfo } from '../cluster/cluster-info';
import { CommandError } from '../commands/command';
import { shortDuration } from '../commands/short-duration';
import { table } from '../commands/table';
import { tokenFacts, type TokenOptions } from './token-options';
import { factsOf, secretOf, type TokenFacts } from './token-secret';

export interface CreateOptions extends TokenOptions {
  printJoinCommand?: boolean;
}

/** Bootstrap tokens of the cluster that a kubeconfig leads to. */
export class TokenCommands {
  constructor(private readonly kubeconfig: string) {}

  async create(text: string | undefined, options: CreateOptions): Promise<string> {
    const facts = userError(() => tokenFacts(text, options, Date.now()));
    const token = textOf(facts);
    return this.withClient(async (client) => {
      await client.resource(refs.secrets).create(secretOf(facts));
      return options.printJoinCommand ? `${await joinCommand(client, token)}\n` : `${token}\n`;
    });
  }

  list(): Promise<string> {
    return this.withClient(async (client) => {
      const selection = { namespace: bootstrapTokenNamespace, fieldSelector: `type=${bootstrapTokenType}` };
      const { items } = await client.resource(refs.secrets).list(selection);
      const rows = items.flatMap((secret) => {
        try {
          return [rowOf(factsOf(secret), Date.now())];
        } catch (error) {
          process.stderr.write(`${(error as Error).message}\n`);
          return [];
        }
      });
      return table([['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'], ...rows], 3);
    });
  }

  delete(tokens: readonly string[]): Promise<string> {
    const ids = tokens.map((text) => (/^[a-z0-9]{6}$/.test(text) ? text : idOf(text)));
    return this.withClient(async (client) => {
      for (const id of ids) {
        try {
          await client.resource(refs.secrets).delete(bootstrapTokenName(id), bootstrapTokenNamespace);
        } catch (error) {
          if (!isNotFound(error)) throw error;
          throw new CommandError(`failed to delete bootstrap token "${id}": ${(error as Error).message}`);
        }
      }
      return ids.map((id) => `bootstrap token "${id}" deleted\n`).join('');
    });
  }

  private async withClient<T>(work: (client: KubernetesClient) => Promise<T>): Promise<T> {
    const client = new KubernetesClient({ kubeconfig: this.kubeconfig, component: 'cli' });
    try {
      return await work(client);
    } catch (error) {
      throw error instanceof CommandError ? error : new CommandError((error as Error).message);
    } finally {
      client.close();
    }
  }
}

/** The whole line for the new machine. It goes by what nodes are told, not by how this user reaches the API. */
async function joinCommand(client: KubernetesClient, token: string): Promise<string> {
  const { data } = await client.resource(refs.configMaps).get('cluster-info', 'kube-public');
  const { server, caPem } = parseClusterInfo(data?.['kubeconfig'] ?? '');
  const hash = authorityHash(caPem);
  return `./nestor node join ${new URL(server).host} --token ${token} --discovery-token-ca-cert-hash ${hash}`;
}

function rowOf({ token, description, expires, usages, groups }: TokenFacts, now: number): string[] {
  return [
    `${token.id}.${token.secret}`,
    expires === undefined ? '<forever>' : shortDuration(expires - now),
    expires === undefined ? '<never>' : rfc3339(expires),
    usages.join(',') || '<none>',
    description ?? '<none>',
    groups.join(',') || '<none>',
  ];
}

function userError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError((error as Error).message, 2);
  }
}

const textOf = ({ token }: TokenFacts): string => `${token.id}.${token.secret}`;

function idOf(text: string): string {
  try {
    return parseBootstrapToken(text).id;
  } catch (error) {
    const pattern = bootstrapTokenIdPattern;
    throw new CommandError(`given token "${text}" didn't match pattern "${pattern}": ${(error as Error).message}`, 2);
  }
}
