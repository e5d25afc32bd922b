import { createLogger, metrics } from '@nestor/telemetry';
import { followFiles, type FollowSettings } from './follow-files';

const log = createLogger('files');
const reloads = metrics.counter(
  'nestor_apiserver_file_reloads_total',
  'Changes of files that were taken up while the server runs, or could not be, by the options that name them.',
  ['option', 'status'],
);

/** Follows files whose use is counted and logged: a text that will not do is told of, and the old one stays in use. */
export function reloadFiles({ files, use, ...settings }: Omit<FollowSettings, 'onError'>): () => void {
  const option = Object.keys(files).join(',');
  return followFiles({
    ...settings,
    files,
    use: async (texts) => {
      await use(texts);
      reloads.inc({ option, status: 'success' });
      log.info({ option }, 'files read anew');
    },
    onError: (error) => {
      reloads.inc({ option, status: 'failure' });
      log.error({ error, option }, 'changed files are not used');
    },
  });
}
