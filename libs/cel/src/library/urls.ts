import { CelError } from '../values/cel-error';
import { ValueList } from '../values/list';
import { ValueMap } from '../values/map';
import { OpaqueValue } from '../values/opaque';
import { declare, Library } from './library';

const shape = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/s;

class UrlValue extends OpaqueValue {
  readonly typeName = 'kubernetes.URL';
  constructor(
    readonly text: string,
    readonly scheme: string,
    readonly host: string,
    readonly path: string,
    readonly query: string,
  ) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

/** What Go's url.ParseRequestURI takes: an absolute URL, or a path that starts at the root. */
function tryParse(text: string): UrlValue | string {
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'net/url: invalid control character in URL';
  const found = shape.exec(text);
  const [, scheme = '', authority, path = '', query = ''] = found ?? [];
  if (!found || text === '') return text === '' ? 'empty url' : 'invalid URI for request';
  if (scheme === '' && !text.startsWith('/')) return 'invalid URI for request';
  if (/%(?![0-9a-fA-F]{2})/.test(path))
    return `invalid URL escape ${JSON.stringify(path.slice(path.search(/%(?![0-9a-fA-F]{2})/)).slice(0, 3))}`;
  const host = (authority ?? '').replace(/^.*@/, '');
  if (/[\s<>"]/.test(host)) return `invalid character ${JSON.stringify(/[\s<>"]/.exec(host)?.[0])} in host name`;
  const port = /:([^:\]]*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return `invalid port ":${port}" after host`;
  return new UrlValue(text, scheme.toLowerCase(), host, path, query);
}

function parse(text: string): UrlValue {
  const found = tryParse(text);
  if (typeof found !== 'string') return found;
  throw new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${found}`);
}

const hostname = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
const port = (host: string): string => /:(\d*)$/.exec(host)?.[1] ?? '';

/** The path as it is sent: what may not stand in one is percent-encoded. */
const escapedPath = (path: string): string =>
  path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]/gu, (one) => encodeURIComponent(one));

function queryOf(query: string): ValueMap {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...(values.get(key) ?? []), value]);
  const map = new ValueMap();
  for (const [key, held] of values) map.set(key, new ValueList(held));
  return map;
}

/** Kubernetes' URL library. */
export const urlsLibrary: Library = {
  types: ['kubernetes.URL'],
  functions: [
    declare('url(string): kubernetes.URL', parse),
    declare('isURL(string): bool', (text: string) => typeof tryParse(text) !== 'string'),
    declare('kubernetes.URL.getScheme(): string', ({ scheme }: UrlValue) => scheme),
    declare('kubernetes.URL.getHost(): string', ({ host }: UrlValue) => host),
    declare('kubernetes.URL.getHostname(): string', ({ host }: UrlValue) => hostname(host)),
    declare('kubernetes.URL.getPort(): string', ({ host }: UrlValue) => port(host)),
    declare('kubernetes.URL.getEscapedPath(): string', ({ path }: UrlValue) => escapedPath(path)),
    declare('kubernetes.URL.getQuery(): map(string, list(string))', ({ query }: UrlValue) => queryOf(query)),
  ],
};
