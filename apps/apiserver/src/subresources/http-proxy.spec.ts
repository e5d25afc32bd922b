import type { IncomingMessage } from 'node:http';
import { parseRequestInfo } from '../http/request-info';
import { pathOf } from './http-proxy';

describe('the path a proxy asks its target for', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['?a=b', '/?a=b'],
    ['/logs', '/logs'],
    ['/logs/', '/logs/'],
    ['/logs/apt/?a=/', '/logs/apt/?a=/'],
    ['/logs?a=/', '/logs?a=/'],
    ['/a/../b/', '/b/'],
    ['/a/%2e%2e/b', '/b'],
  ])('of .../proxy%s is %s', (after, path) => {
    const url = `/api/v1/nodes/n1/proxy${after}`;
    const [pathname = ''] = url.split('?');
    const info = parseRequestInfo('GET', pathname, new URLSearchParams());
    expect(pathOf({ info, request: { url } as IncomingMessage })).toBe(path);
  });
});
