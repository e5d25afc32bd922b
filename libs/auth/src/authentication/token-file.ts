import { createHash } from 'node:crypto';
import { asAuthenticated, type UserInfo } from '../user';
import type { AuthenticationResult, TokenAuthenticator } from './authenticator';

/** Tokens that an administrator wrote into a file, each with its user (token/tokenfile). */
export class TokenFileAuthenticator implements TokenAuthenticator {
  /** By the hash of the token, so that the time a search takes tells nothing of the tokens that are there. */
  private readonly users = new Map<string, UserInfo>();
  /** What is odd in the file, and why it does no harm. */
  readonly warnings: string[] = [];

  /** The text has a record on each line: token, user, uid and, between quotes, groups with commas between. */
  constructor(content: string, path: string) {
    for (const [index, record] of csvRecords(content, path).entries()) this.add(record, path, index + 1);
  }

  authenticate(token: string): AuthenticationResult {
    const user = this.users.get(digest(token));
    return user ? { kind: 'user', user } : { kind: 'none' };
  }

  private add([token, name, uid, groups, ...rest]: readonly string[], path: string, number: number): void {
    if (token === undefined || name === undefined || uid === undefined) {
      const found = [token, name].filter((column) => column !== undefined).length + rest.length;
      throw new Error(`token file '${path}' must have at least 3 columns (token, user name, user uid), found ${found}`);
    }
    const where = `token file '${path}', record number '${number}'`;
    if (token === '') {
      this.warnings.push(`empty token has been found in ${where}`);
      return;
    }
    const key = digest(token);
    if (this.users.has(key)) this.warnings.push(`duplicate token has been found in ${where}`);
    const list = groups?.split(',').filter((group) => group !== '') ?? [];
    this.users.set(key, asAuthenticated({ name, ...(uid ? { uid } : {}), groups: list }));
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64');

/** Comma-separated values as Go's encoding/csv reads them: fields may stand between quotes, empty lines are nothing. */
function csvRecords(content: string, path: string): string[][] {
  const records: string[][] = [];
  let rest = content;
  while (rest !== '') {
    const record: string[] = [];
    let end = ',';
    while (end === ',') {
      const field = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/.exec(rest);
      if (!field) throw new Error(`token file '${path}': record ${records.length + 1}: wrong quotes`);
      record.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '');
      end = field[3]!;
      rest = rest.slice(field[0].length);
    }
    if (record.length > 1 || record[0] !== '') records.push(record);
  }
  return records;
}
