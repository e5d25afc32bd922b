import type { HealthChecks, HealthKind } from '@nestor/telemetry';
import type { Exchange } from '../http/exchange';
import { sendRaw } from '../http/respond';

const pattern = /^\/(healthz|livez|readyz)(?:\/(.+))?\/?$/;

/** /healthz, /livez and /readyz with ?verbose, ?exclude and single checks. */
export function healthPaths(checks: HealthChecks): (exchange: Exchange) => Promise<void> | undefined {
  return (exchange) => {
    const match = pattern.exec(exchange.info.path);
    if (!match) return undefined;
    return answer(checks, exchange, match[1] as HealthKind, match[2]);
  };
}

async function answer(
  checks: HealthChecks,
  exchange: Exchange,
  kind: HealthKind,
  only: string | undefined,
): Promise<void> {
  const { query } = exchange;
  const { status, body } = await checks.answer(kind, {
    verbose: query.has('verbose'),
    exclude: query.getAll('exclude'),
    ...(only ? { only } : {}),
  });
  sendRaw(exchange, status, 'text/plain; charset=utf-8', Buffer.from(body), { 'X-Content-Type-Options': 'nosniff' });
}
