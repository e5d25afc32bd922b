import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

const account = 'nestor';

/** The user the server runs as: undefined means the one we are. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const known = findUser(account);
  if (known) return known;
  try {
    execFileSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', '-U', account], {
      stdio: 'pipe',
    });
  } catch (error) {
    // Another process may have made it meanwhile; without useradd an account that is there must do.
    const fallback = findUser(account) ?? findUser('nobody');
    if (fallback) return fallback;
    throw new Error('Postgres refuses to run as root and no other user could be created', { cause: error });
  }
  return findUser(account);
}

function findUser(name: string): SystemUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
}

export interface UnprivilegedRun {
  user: SystemUser | undefined;
  /** Paths the program must reach. */
  paths: readonly string[];
  /** Sent to the program when this process dies. */
  deathSignal?: NodeJS.Signals;
}

/**
 * Wraps a command so that it runs as `user`. Where a folder on the way is closed to that user (a checkout under
 * /root), it keeps the two capabilities that look past file modes and nothing else.
 */
export function unprivilegedCommand(
  command: readonly string[],
  { user, paths, deathSignal }: UnprivilegedRun,
): { file: string; args: string[]; uid?: number; gid?: number } {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (!setpriv) return { file: command[0]!, args: command.slice(1), ...(user && { uid: user.uid, gid: user.gid }) };

  const args: string[] = [];
  if (deathSignal) args.push('--pdeathsig', deathSignal.replace('SIG', ''));
  if (user) {
    args.push(`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups');
    if (!paths.every((path) => canReach(path, user))) {
      const capabilities = '+dac_override,+dac_read_search';
      args.push(`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`);
    }
  }
  return args.length === 0
    ? { file: command[0]!, args: command.slice(1) }
    : { file: setpriv, args: [...args, ...command] };
}

function canReach(path: string, user: SystemUser): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const needed = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & needed)) return false;
    if (folder === dirname(folder)) return true;
  }
}
