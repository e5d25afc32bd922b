import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { traceparentAnnotation, type SpanRecord } from '@nestor/telemetry';
import { adminConnection } from '../cluster/admin-connection';
import { ClusterPaths } from '../cluster/cluster-paths';
import { readState } from '../cluster/cluster-state';
import { renderTrace, spansAbout } from '../trace/render-trace';
import { CommandError, dataOption, type RegisterCommand } from './command';

export const registerTrace: RegisterCommand = (program) =>
  void program
    .command('trace')
    .description('show how a pod came to be, over all components')
    .argument('<namespace/pod>', 'the namespace may be left out for default')
    .option('--all', 'the whole trace, with the siblings of the pod')
    .option(...dataOption)
    .action(async (name: string, { data, all }: { data: string; all?: boolean }) => {
      const paths = new ClusterPaths(data);
      const { traceId, spanId } = await traceOfPod(paths, name);
      const trace = readSpans(paths).filter((span) => span.traceId === traceId);
      process.stdout.write(renderTrace(all ? trace : spansAbout(trace, spanId)));
    });

async function traceOfPod(paths: ClusterPaths, name: string): Promise<{ traceId: string; spanId: string }> {
  const [namespace, pod] = name.includes('/') ? (name.split('/') as [string, string]) : ['default', name];
  const state = readState(paths);
  if (!state) throw new CommandError(`no cluster is running on ${paths.data}`);
  const api = await adminConnection(paths, state.port);
  const { status, body } = await api.get(`/api/v1/namespaces/${namespace}/pods/${pod}`);
  if (status !== 200) throw new CommandError((JSON.parse(body) as { message?: string }).message ?? body);
  const { metadata } = JSON.parse(body) as { metadata: { annotations?: Record<string, string> } };
  const [, traceId, spanId] = metadata.annotations?.[traceparentAnnotation]?.split('-') ?? [];
  if (!traceId || !spanId)
    throw new CommandError(`${namespace}/${pod} has no trace: it was created while tracing was off`);
  return { traceId, spanId };
}

function readSpans(paths: ClusterPaths): SpanRecord[] {
  const folder = paths.traces();
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line ? [JSON.parse(line) as SpanRecord] : [];
        } catch {
          // The last line of a process that was killed while it wrote.
          return [];
        }
      }),
  );
}
