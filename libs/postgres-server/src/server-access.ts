import { chownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemUser } from './unprivileged-command';

/** PEM files. */
export interface ServerTls {
  certificateFile: string;
  keyFile: string;
  /** Who issued the certificate, for clients. */
  caFile: string;
}

/** By which ways clients come. */
export interface ServerAccess {
  /** Settings of the server. */
  options: Record<string, string>;
  /** Of the Unix socket; absent where its path would be too long for one. */
  socketDirectory?: string;
}

/** Tests go by a plain connection on loopback. */
export const plainAccess: ServerAccess = { options: { unix_socket_directories: '' } };

/** What a socket's path may have, with the zero at its end, where it may have least. */
const longestSocketPath = 103;

/**
 * Local clients come by a Unix socket in a folder that its user and root alone may enter, everybody else by TLS; a
 * password is asked for either way. The superuser does not come over TCP at all where there is the socket.
 */
export function secureAccess(directory: string, superuser: string, user: SystemUser | undefined): ServerAccess {
  const access = accessFolder(directory);
  makeFolder(access, user);
  const socketDirectory = join(directory, 'socket');
  const hasSocket = Buffer.byteLength(join(socketDirectory, '.s.PGSQL.65535')) <= longestSocketPath;
  // A server that was killed leaves a lock there that may name a process of someone else by now.
  rmSync(socketDirectory, { recursive: true, force: true });
  if (hasSocket) makeFolder(socketDirectory, user);
  const hbaFile = join(access, 'pg_hba.conf');
  writeOwned(hbaFile, accessRules(hasSocket ? superuser : undefined), user);
  return {
    options: {
      unix_socket_directories: hasSocket ? socketDirectory : '',
      unix_socket_permissions: '0700',
      hba_file: hbaFile,
      ssl: 'on',
      ssl_cert_file: join(access, 'server.crt'),
      ssl_key_file: join(access, 'server.key'),
      ssl_min_protocol_version: 'TLSv1.2',
      // Of TLS 1.2: with forward secrecy and authenticated.
      ssl_ciphers: 'ECDHE+AESGCM:ECDHE+CHACHA20',
    },
    ...(hasSocket && { socketDirectory }),
  };
}

/** Brings the certificate to where the server's user can read it, and nobody else. */
export function placeCertificate(directory: string, tls: ServerTls, user: SystemUser | undefined): void {
  const access = accessFolder(directory);
  writeOwned(join(access, 'server.key'), readFileSync(tls.keyFile, 'utf8'), user);
  writeOwned(join(access, 'server.crt'), readFileSync(tls.certificateFile, 'utf8'), user);
}

/** The lines of pg_hba.conf; the first that fits counts, and what fits none is refused. */
function accessRules(localOnly: string | undefined): string {
  const lines = [
    'local all all scram-sha-256',
    'hostnossl all all all reject',
    ...(localOnly ? [`hostssl all ${localOnly} all reject`] : []),
    'hostssl all all 127.0.0.1/32 scram-sha-256',
    'hostssl all all ::1/128 scram-sha-256',
  ];
  return `${lines.join('\n')}\n`;
}

const accessFolder = (directory: string): string => join(directory, 'access');

function makeFolder(path: string, user: SystemUser | undefined): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (user) chownSync(path, user.uid, user.gid);
}

/** Whole and with its owner from the first moment under its name. */
function writeOwned(path: string, content: string, user: SystemUser | undefined): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  if (user) chownSync(`${path}.new`, user.uid, user.gid);
  renameSync(`${path}.new`, path);
}
