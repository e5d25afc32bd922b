import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import type { ClusterPki } from '@nestor/pki';
import { eventually, freePort, startProcess, type TestProcess } from '@nestor/testing';

const redirectUri = 'https://client.invalid/callback';

/** By their names, with what the provider knows of them. */
export type People = Record<string, Record<string, unknown>>;

export interface OpenIdProvider {
  issuer: string;
  ca: string;
  /** Signs somebody in as a browser would, and gives the ID token that a client gets for it. */
  login(person: string, client?: string): Promise<string>;
  /** The provider comes back with another key at the same place. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a real provider (the package oidc-provider) in a process of its own. */
export async function startOpenIdProvider(
  pki: ClusterPki,
  people: People,
  { clients = ['kubectl'], algorithm = 'RS256' }: { clients?: string[]; algorithm?: 'RS256' | 'ES256' } = {},
): Promise<OpenIdProvider> {
  const port = await freePort();
  const issuer = `https://127.0.0.1:${port}`;
  const ca = readFileSync(pki.caFile, 'utf8');
  const { certificateFile, keyFile } = await pki.server('openid', ['127.0.0.1']);
  let running: TestProcess;
  const start = async (): Promise<void> => {
    const jwks = { keys: [newKey(algorithm)] };
    const settings = { port, certificateFile, keyFile, jwks, people, clients, redirectUri };
    const process_ = startProcess(process.execPath, {
      args: [join(__dirname, 'openid-server.mjs'), JSON.stringify(settings)],
    });
    running = process_;
    await eventually(() => {
      if (!process_.output().includes('serving OpenID')) throw new Error(process_.output());
    });
  };
  await start();
  return {
    issuer,
    ca,
    login: (person, client = 'kubectl') => new Browser(ca).login({ issuer, person, client }),
    rotate: async () => {
      await running.kill();
      await start();
    },
    stop: () => running.kill(),
  };
}

function newKey(algorithm: 'RS256' | 'ES256'): object {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm, use: 'sig' };
}

interface Page {
  status: number;
  location?: string;
  text: string;
}

/** Keeps cookies and follows where it is led. */
class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly ca: string) {}

  /** The authorization code flow with PKCE. */
  async login({ issuer, person, client }: { issuer: string; person: string; client: string }): Promise<string> {
    const verifier = `${randomUUID()}${randomUUID()}`;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const query = new URLSearchParams({
      client_id: client,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const asked = await this.follow(`${issuer}/auth?${query.toString()}`);
    const consent = await this.follow(asked, { prompt: 'login', login: person, password: 'any' });
    const back = await this.follow(consent, { prompt: 'consent' });
    const code = new URL(back).searchParams.get('code');
    if (!code) throw new Error(`no code in ${back}`);
    const grant = { grant_type: 'authorization_code', code, client_id: client, redirect_uri: redirectUri };
    const { text } = await this.send(`${issuer}/token`, { ...grant, code_verifier: verifier });
    const { id_token: token } = JSON.parse(text) as { id_token?: string };
    if (!token) throw new Error(text);
    return token;
  }

  /** Where it stands when nobody leads it on. */
  private async follow(url: string, form?: Record<string, string>): Promise<string> {
    const { location, status, text } = await this.send(url, form);
    if (status >= 400) throw new Error(`${url}: ${status} ${text}`);
    if (!location) return url;
    const next = new URL(location, url).href;
    return next.startsWith(redirectUri) ? next : this.follow(next);
  }

  private async send(url: string, form?: Record<string, string>): Promise<Page> {
    const body = form ? new URLSearchParams(form).toString() : '';
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      cookie,
      ...(form
        ? { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }
        : {}),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, { method: form ? 'POST' : 'GET', ca: this.ca, agent: false, headers }, resolve);
      sent.on('error', reject).end(body);
    });
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    let text = '';
    for await (const part of response as AsyncIterable<Buffer>) text += part.toString();
    return { status: response.statusCode ?? 0, location: response.headers.location, text };
  }
}
