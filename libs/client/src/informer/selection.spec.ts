import type { ApiObject } from '@nestor/api';
import { busSelection } from './selection';
import { refs } from '../resources/refs';
import { ObjectCache, splitKey, keyOf } from './object-cache';

const pod = (name: string, labels: Record<string, string>, nodeName?: string): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels },
  spec: { nodeName },
  status: { phase: 'Running' },
});

describe('busSelection', () => {
  it("uses a node's own stream for its pods", () => {
    const selection = busSelection(refs.pods, { fieldSelector: 'spec.nodeName=node.1' });
    expect(selection).toEqual({ pattern: 'nestor.node.node%2E1.pods.>', matches: undefined });
  });

  it("uses a node's own stream for itself, and the whole resource for what names more than one thing", () => {
    const nodes = (fieldSelector: string) => busSelection(refs.nodes, { fieldSelector }).pattern;
    expect(nodes('metadata.name=n1')).toBe('nestor.node.n1.nodes.>');
    expect(nodes('metadata.name=n1,spec.unschedulable=false')).toBe('nestor.watch._.nodes.>');
    expect(nodes('metadata.name!=n1')).toBe('nestor.watch._.nodes.>');
    expect(busSelection(refs.pods, { fieldSelector: 'metadata.name=n1' }).pattern).toBe('nestor.watch._.pods.>');
  });

  it('filters everything else on the stream of the whole resource', () => {
    const { pattern, matches } = busSelection(refs.pods, {
      namespace: 'default',
      labelSelector: 'app=web',
      fieldSelector: 'spec.nodeName=,status.phase!=Failed',
    });
    expect(pattern).toBe('nestor.watch._.pods.>');
    expect(matches?.(pod('a', { app: 'web' }))).toBe(true);
    expect(matches?.(pod('b', { app: 'db' }))).toBe(false);
    expect(matches?.(pod('c', { app: 'web' }, 'n1'))).toBe(false);
  });
});

describe('ObjectCache', () => {
  it('keeps its indexes true through changes and deletes', () => {
    const cache = new ObjectCache<ApiObject>();
    cache.set('default/a', pod('a', { app: 'web' }));
    cache.addIndex('app', (object) => [object.metadata.labels?.['app'] ?? '']);
    cache.set('default/b', pod('b', { app: 'web' }));
    expect(cache.byIndex('app', 'web')).toHaveLength(2);
    cache.set('default/a', pod('a', { app: 'db' }));
    expect(cache.byIndex('app', 'web').map((object) => object.metadata.name)).toEqual(['b']);
    cache.delete('default/b');
    expect(cache.byIndex('app', 'web')).toEqual([]);
    expect(cache.list('default')).toHaveLength(1);
    expect(cache.list('other')).toEqual([]);
    expect(() => cache.byIndex('nope', 'x')).toThrow(/no index "nope"/);
  });

  it('splits keys of both scopes', () => {
    expect(splitKey(keyOf('ns', 'a'))).toEqual({ namespace: 'ns', name: 'a' });
    expect(splitKey(keyOf('', 'node-1'))).toEqual({ namespace: '', name: 'node-1' });
  });
});
