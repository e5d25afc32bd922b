/** What a path and a method ask for (k8s.io/apiserver request.RequestInfo). */
export interface RequestInfo {
  isResource: boolean;
  path: string;
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case. */
  verb: string;
  group: string;
  version: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
  /** What follows the subresource: the path handed to a proxied server. */
  rest: string;
}

const writeVerbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
};
/** Subresources of a namespace itself; any other third segment is a resource inside it. */
const namespaceSubresources = new Set(['status', 'finalize']);

function nonResource(path: string, method: string): RequestInfo {
  return {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: '',
  };
}

/** Reads a request line. Pure string work: it runs before anything else for every request. */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const info = nonResource(path, method);
  const segments = path.split('/').filter((segment) => segment !== '');
  let at: number;
  if (segments[0] === 'api' && segments.length >= 3) {
    info.version = segments[1] as string;
    at = 2;
  } else if (segments[0] === 'apis' && segments.length >= 4) {
    info.group = segments[1] as string;
    info.version = segments[2] as string;
    at = 3;
  } else return info;

  info.isResource = true;
  // The deprecated /watch/ prefix: the same request with watch=true.
  const legacyWatch = segments[at] === 'watch' && segments.length > at + 1;
  if (legacyWatch) at++;
  const part = (index: number): string => decode(segments[index] ?? '');
  if (segments[at] === 'namespaces' && segments.length > at + 1) {
    const third = segments[at + 2];
    if (third !== undefined && !namespaceSubresources.has(third)) {
      info.namespace = part(at + 1);
      at += 2;
    } else {
      // A namespace is in itself for authorization, as upstream has it.
      info.namespace = part(at + 1);
    }
  }
  info.resource = part(at);
  info.name = part(at + 1);
  info.subresource = part(at + 2);
  info.rest = segments.length > at + 3 ? '/' + segments.slice(at + 3).join('/') : '';
  info.verb = legacyWatch && method === 'GET' ? 'watch' : verbOf(method, info, query);
  return info;
}

function verbOf(method: string, info: RequestInfo, query: URLSearchParams): string {
  const write = writeVerbs[method];
  if (write) return write;
  if (method === 'DELETE') return info.name === '' ? 'deletecollection' : 'delete';
  if (method !== 'GET' && method !== 'HEAD') return method.toLowerCase();
  // watch=true is a parameter of lists: asked of a name it changes nothing.
  if (info.name !== '') return 'get';
  // fieldSelector metadata.name=x narrows authorization to that name, as upstream does.
  const name = /^metadata\.name==?([^,!=]+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  if (name) info.name = name;
  return isTrue(query.get('watch')) ? 'watch' : 'list';
}

/** Booleans in query strings: "" and "0" and "false" are false, anything else is true (conversion.Convert_Slice_string_To_bool). */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    // A stray % names nothing that exists; the lookup answers 404 with the text as sent.
    return segment;
  }
}
