import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { readAnswer } from '@nestor/admission';
import type { HttpAnswer, HttpGet } from '@nestor/auth';

const timeoutMs = 30_000;
const maxRedirects = 10;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Fetches over TLS from servers that one of these authorities signed, the machine's own where none is given. */
export function httpsGet(ca?: string): { get: HttpGet; close: () => void } {
  const agent = new Agent({ keepAlive: true, ca });
  const get: HttpGet = async (url, headers = {}) => {
    const signal = AbortSignal.timeout(timeoutMs);
    let [from, left] = [new URL(url), maxRedirects];
    for (;;) {
      const response = await send(from, { agent, headers, signal });
      const { statusCode: status = 0, headers: said } = response;
      const body = await readAnswer(response);
      if (!redirects.has(status) || !said.location) return { status, body } satisfies HttpAnswer;
      if (left-- === 0) throw new Error(`Get ${JSON.stringify(url)}: stopped after ${maxRedirects} redirects`);
      const to = new URL(said.location, from);
      // What was shown to one server is not for another.
      if (to.host !== from.host) headers = {};
      from = to;
    }
  };
  return { get, close: () => agent.destroy() };
}

interface Sending {
  agent: Agent;
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

function send(url: URL, { agent, headers, signal }: Sending): Promise<IncomingMessage> {
  if (url.protocol !== 'https:') throw new Error(`Get ${JSON.stringify(url.href)}: only https is spoken`);
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers: { accept: 'application/json, */*', ...headers }, signal }, resolve);
    sent.on('error', reject).end();
  });
}
