import { parseFieldSelector } from '@nestor/api';

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
  /** Of a list, watch or deletecollection, as it was sent; '' where nothing is. */
  fieldSelector: string;
  labelSelector: string;
}

const writeVerbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
};
const selective: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);
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
    fieldSelector: '',
    labelSelector: '',
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
  if (legacyWatch && method === 'GET') info.verb = 'watch';
  else {
    info.verb = verbOf(method, info, query);
    readSelectors(info, query);
  }
  return info;
}

/** Only verbs for many objects have selectors; the deprecated prefix has none that count. */
function readSelectors(info: RequestInfo, query: URLSearchParams): void {
  if (!selective.has(info.verb) || query.size === 0) return;
  info.fieldSelector = query.get('fieldSelector') ?? '';
  info.labelSelector = query.get('labelSelector') ?? '';
  // One name narrows authorization to it; deleting many stays deleting many.
  if (info.verb !== 'deletecollection') info.name = nameIn(info.fieldSelector);
}

function nameIn(fieldSelector: string): string {
  if (!fieldSelector.includes('metadata.name')) return '';
  try {
    const name = parseFieldSelector(fieldSelector).exact('metadata.name') ?? '';
    return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
  } catch {
    // The list answers that it cannot be read.
    return '';
  }
}

function verbOf(method: string, info: RequestInfo, query: URLSearchParams): string {
  const write = writeVerbs[method];
  if (write) return write;
  if (method === 'DELETE') return info.name === '' ? 'deletecollection' : 'delete';
  if (method !== 'GET' && method !== 'HEAD') return method.toLowerCase();
  // watch=true is a parameter of lists: asked of a name it changes nothing.
  if (info.name !== '') return 'get';
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
