import { field, invalid } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { isTrue } from '../http/request-info';
import { sendRaw } from '../http/respond';
import type { StorageContext } from '../storage/storage-context';
import type { KubeletClient } from './kubelet-client';
import { containerOf, podOf } from './pod-target';
import { relayResponse } from './relay-response';

const passedOn = ['follow', 'previous', 'timestamps', 'sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream'];

/** Logs come from the kubelet of the pod's node; the API server stores none. */
export async function readPodLog(storage: StorageContext, kubelet: KubeletClient, exchange: Exchange): Promise<void> {
  const { query } = exchange;
  checkOptions(exchange);
  const pod = await podOf(storage, exchange);
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) {
    // Not on a node yet: there is nothing to show, which is no error.
    sendRaw(exchange, 200, 'text/plain', Buffer.alloc(0));
    return;
  }
  const address = await kubelet.locate(storage, nodeName);
  const parameters = new URLSearchParams();
  for (const name of passedOn) {
    const value = query.get(name);
    if (value !== null)
      parameters.set(
        name,
        name === 'follow' || name === 'previous' || name === 'timestamps' ? String(isTrue(value)) : value,
      );
  }
  const path = ['containerLogs', exchange.info.namespace, exchange.info.name, container]
    .map(encodeURIComponent)
    .join('/');
  const upstream = kubelet.request(address, { method: 'GET', path: `/${path}?${parameters}` });
  upstream.end();
  await relayResponse(exchange, upstream);
}

function checkOptions({ query, info }: Exchange): void {
  const errors = (['tailLines', 'limitBytes', 'sinceSeconds'] as const).flatMap((name) => {
    const value = query.get(name);
    if (value === null || value === '') return [];
    const least = name === 'tailLines' ? 0 : 1;
    const why = least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
    return Number(value) >= least ? [] : [field.invalid(name, Number(value), why)];
  });
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, info.name, errors);
}
