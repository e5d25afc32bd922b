import { HttpError } from './http-error';

/** A request's target, taken apart once: who judges it and who serves it must not read it differently. */
export interface RequestPath {
  /** Decoded, without empty ones. */
  segments: readonly string[];
  /** Told apart where paths are folders and files. */
  endsInSlash: boolean;
  query: URLSearchParams;
}

export function requestPath(target = '/'): RequestPath {
  try {
    if (!target.startsWith('/')) throw new TypeError('a target with a scheme and a host is for proxies');
    const { pathname, searchParams } = new URL(`https://kubelet${target}`);
    const segments = pathname.split('/').filter((part) => part !== '');
    return { segments: segments.map(decodeURIComponent), endsInSlash: pathname.endsWith('/'), query: searchParams };
  } catch {
    throw new HttpError(400, '400 Bad Request');
  }
}
