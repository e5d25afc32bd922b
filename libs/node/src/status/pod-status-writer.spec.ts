import { internalError, notFound, type Pod } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import { podWith } from '../pod/pod-fixtures';
import { PodStatusWriter } from './pod-status-writer';

type Patch = { metadata: { uid: string }; status: { phase: string } };

/** A client whose patch can be held back and made to fail. */
function recording(outcome: () => Promise<void> = async () => undefined) {
  const phases: string[] = [];
  const patch = async (_name: string, _namespace: string, _type: string, body: Patch) => {
    phases.push(body.status.phase);
    await outcome();
    return {} as Pod;
  };
  return { phases, client: { patch } as unknown as ResourceClient<Pod> };
}

describe('PodStatusWriter', () => {
  const pod = podWith();

  it('sends the newest of several statuses and none twice', async () => {
    const { phases, client } = recording();
    const writer = new PodStatusWriter(client);
    writer.set(pod, { phase: 'Pending' });
    writer.set(pod, { phase: 'Running' });
    await writer.flushed('u1');
    writer.set(pod, { phase: 'Running' });
    await writer.flushed('u1');
    expect(phases).toEqual(['Running']);
  });

  it('sends what came while a write was under way after it', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { phases, client } = recording(() => held);
    const writer = new PodStatusWriter(client);
    writer.set(pod, { phase: 'Pending' });
    while (phases.length === 0) await new Promise((resolve) => setImmediate(resolve));
    writer.set(pod, { phase: 'Running' });
    writer.set(pod, { phase: 'Failed' });
    const flushed = writer.flushed('u1');
    release();
    await flushed;
    expect(phases).toEqual(['Pending', 'Failed']);
  });

  it('gives up on a pod that is gone', async () => {
    const { client } = recording(() => Promise.reject(notFound({ group: '', resource: 'pods' }, 'p')));
    const writer = new PodStatusWriter(client);
    writer.set(pod, { phase: 'Running' });
    await writer.flushed('u1');
  });

  it('tries again after a failure', async () => {
    let failures = 1;
    const { phases, client } = recording(async () => {
      if (failures-- > 0) throw internalError('down');
    });
    const writer = new PodStatusWriter(client);
    writer.set(pod, { phase: 'Running' });
    await writer.flushed('u1');
    expect(phases).toEqual(['Running', 'Running']);
  });
});
