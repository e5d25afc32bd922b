import { followFiles } from '@nestor/config';
import { createLogger } from '@nestor/telemetry';
import type { Connection } from './kubeconfig';

const log = createLogger('client');

export type Identity = Pick<Connection, 'ca' | 'cert' | 'key'>;

/** Tells of new credentials in the files that a connection was made from; `use` throws where they do not fit together. */
export function followCredentials(
  { files = {}, ca, cert, key }: Identity & Pick<Connection, 'files'>,
  use: (identity: Identity) => void,
  everyMs?: number,
): () => void {
  const paths = Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined)) as typeof files;
  return followFiles({
    paths: paths as Record<keyof typeof files, string>,
    changed: (contents) => {
      use({ ca, cert, key, ...(contents as Identity) });
      log.info({ files: paths }, 'using new credentials');
    },
    failed: (error) => log.warn({ files: paths, error: error.message }, 'credentials not read, keeping those before'),
    everyMs,
  });
}
