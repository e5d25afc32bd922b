import { ApiObject, badRequest, conflict, field, invalid, Pod, unknownPath } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { admitBody } from '../storage/admit-body';
import { guaranteedUpdate } from '../storage/guaranteed-update';
import { part, readValue, text } from '../storage/read-value';
import type { StorageContext } from '../storage/storage-context';
import { writeOptions } from '../storage/write-options';
import { writeRequest } from '../storage/write-request';

/** Assigns a pod to a node, once (registry/core/pod/storage BindingREST). */
export async function bindPod(
  storage: StorageContext,
  pods: ServedResource | undefined,
  exchange: Exchange,
): Promise<void> {
  if (!pods) throw unknownPath();
  const options = writeOptions(exchange, 'CreateOptions');
  const binding = await readValue(exchange, 'Binding');
  const sentName = text(part(binding, 'metadata'), 'name');
  const name = exchange.info.resource === 'bindings' ? sentName : exchange.info.name;
  if (sentName && sentName !== name) throw badRequest('name in URL does not match name in Binding object');
  const request = { ...writeRequest(pods, exchange, options), name, subresource: 'binding' };
  const object = { kind: 'Binding', apiVersion: 'v1', ...binding, metadata: part(binding, 'metadata') } as ApiObject;
  await admitBody(storage, request, 'CREATE', { object, kind: { group: '', version: 'v1', kind: 'Binding' } });
  const target = part(object, 'target');
  const metadata = part(object, 'metadata');
  checkTarget(name, target);
  const uid = text(metadata, 'uid');
  await guaranteedUpdate(storage, request, {
    raw: true,
    change: (current) => {
      const pod = current as Pod;
      const refuse = (why: string): Error => conflict(pods.groupResource, name, why);
      if (uid && uid !== pod.metadata.uid) {
        throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`);
      }
      if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
      if (pod.spec?.nodeName)
        throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
      if (pod.spec?.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
      return { object: assigned(pod, { node: text(target, 'name'), metadata, now: request.now }), changed: true };
    },
  });
  sendObject(exchange, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

function checkTarget(name: string, target: Record<string, unknown>): void {
  const kind = text(target, 'kind');
  const errors = [
    ...(kind && kind !== 'Node' && kind !== 'Minion'
      ? [field.notSupported('target.kind', kind, ['Node', '<empty>'])]
      : []),
    ...(text(target, 'name') ? [] : [field.required('target.name', '')]),
  ];
  if (errors.length > 0) throw invalid({ group: '', kind: 'Binding' }, name, errors);
}

function assigned(
  pod: Pod,
  { node, metadata, now }: { node: string; metadata: Record<string, unknown>; now: string },
): ApiObject {
  if (pod.spec) pod.spec.nodeName = node;
  const annotations = part(metadata, 'annotations') as Record<string, string>;
  if (Object.keys(annotations).length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  // A hint of where it might go, which is known now.
  const { nominatedNodeName: _hint, ...status } = pod.status ?? {};
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  pod.status = {
    ...status,
    conditions: [
      ...others,
      { type: 'PodScheduled', status: 'True', lastTransitionTime: now, observedGeneration: pod.metadata.generation },
    ],
  };
  return pod;
}
