import { load, type Request } from '../load';
import { withFloor, type Measurement } from '../measurement';
import { configMap, configMaps, create } from '../objects';
import type { BenchContext, Workload } from './context';

const mergePatch = 'application/merge-patch+json';
const bodyBytes = Buffer.byteLength(configMap('create-64-0000000'));
/** What metadata the server adds to what was sent. */
const answerBytes = bodyBytes + 260;

/** create, update, patch, get and delete of one kilobyte, each at every concurrency, on the objects that create left. */
export const operations: Workload = async (context) => {
  for (const concurrency of context.scale.concurrencies) {
    const prefix = `${configMaps}/c${concurrency}-`;
    let created = 0;
    await measure(context, 'create', concurrency, (n) => {
      created = n + 1;
      return create(configMaps, configMap(`c${concurrency}-${n}`));
    });
    const any = (n: number): string => `${prefix}${n % created}`;
    await measure(context, 'update', concurrency, (n) => ({
      method: 'PUT',
      path: any(n),
      body: configMap(`c${concurrency}-${n % created}`, n),
    }));
    await measure(context, 'patch', concurrency, (n) => ({
      method: 'PATCH',
      path: any(n),
      body: JSON.stringify({ data: { value: `p${n}` } }),
      contentType: mergePatch,
    }));
    await measure(context, 'get', concurrency, (n) => ({ method: 'GET', path: any(n) }));
    await measure(context, 'delete', concurrency, (n) =>
      n < created ? { method: 'DELETE', path: `${prefix}${n}` } : undefined,
    );
  }
};

async function measure(
  context: BenchContext,
  workload: string,
  concurrency: number,
  next: (n: number) => Request | undefined,
): Promise<void> {
  const { target, scale, echo } = context;
  const client = target.client(concurrency);
  const { bytes: _, ...measured } = await load(client, {
    workload,
    concurrency,
    durationMs: scale.durationMs,
    usage: target.usage,
    next,
  });
  await client.close();
  const isRead = workload === 'get';
  const sent = workload === 'create' || workload === 'update' ? bodyBytes : workload === 'patch' ? 40 : 0;
  const overHttp = await echo.perSecond({ sent, received: workload === 'delete' ? 300 : answerBytes, concurrency });
  const inserts = isRead ? undefined : await context.insert(concurrency);
  const isInsert = inserts !== undefined && inserts < overHttp;
  context.report(withLower(measured, overHttp, isInsert ? inserts : undefined));
}

function withLower(measured: Measurement, echo: number, inserts: number | undefined): Measurement {
  return inserts === undefined ? withFloor(measured, 'echo', echo) : withFloor(measured, 'insert', inserts);
}
