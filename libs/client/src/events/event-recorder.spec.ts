import { alreadyExists, forbidden, serviceUnavailable, type CoreEvent } from '@nestor/api';
import { eventually } from '@nestor/testing';
import type { ResourceClient } from '../contracts';
import { EventRecorder } from './event-recorder';

describe('EventRecorder', () => {
  it.each(Array.from({ length: 12 }, (_, turns) => turns))(
    'writes what is recorded %i turns after the write before it',
    async (turns) => {
      const written: string[] = [];
      let later: Promise<void> | undefined;
      const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u' } };
      const create = (event: CoreEvent): Promise<CoreEvent> => {
        written.push(event.reason ?? '');
        later ??= (async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          recorder.event(about, 'Normal', 'Second', 'second');
        })();
        return Promise.resolve(event);
      };
      const events = { create } as unknown as ResourceClient<CoreEvent>;
      const recorder = new EventRecorder({ events, component: 'test' });
      recorder.event(about, 'Normal', 'First', 'first');
      await new Promise((resolve) => setImmediate(resolve));
      await later;
      await recorder.flush();
      expect(written).toEqual(['First', 'Second']);
    },
  );

  describe('while no server answers', () => {
    const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u' } };
    /** A recorder whose writes fail by these errors, one after another, and the names of what was sent. */
    function recorderOf(...errors: Error[]) {
      const sent: string[] = [];
      const create = (event: CoreEvent): Promise<CoreEvent> => {
        sent.push(event.metadata.name ?? '');
        const error = errors.shift();
        return error ? Promise.reject(error) : Promise.resolve(event);
      };
      const events = { create } as unknown as ResourceClient<CoreEvent>;
      const recorder = new EventRecorder({ events, component: 'test' });
      recorder.event(about, 'Normal', 'First', 'first');
      return { recorder, sent };
    }
    const settled = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    };

    it('sends the same event again, and knows it where the lost answer was a success', async () => {
      const { recorder, sent } = recorderOf(
        serviceUnavailable('no answer'),
        alreadyExists({ group: '', resource: 'events' }, 'e'),
      );
      await eventually(() => expect(sent).toHaveLength(2));
      await settled();
      recorder.event(about, 'Normal', 'Second', 'second');
      await eventually(() => expect(sent).toHaveLength(3));
      expect(new Set(sent).size).toBe(2);
    });

    it('takes what a server says of the event for final', async () => {
      const { recorder, sent } = recorderOf(forbidden({ group: '', resource: 'events' }, 'e', 'not yours'));
      await settled();
      await recorder.flush();
      expect(sent).toHaveLength(1);
    });

    it('gives up at the end of the process instead of keeping it', async () => {
      const { recorder, sent } = recorderOf(...Array.from({ length: 12 }, () => serviceUnavailable('no answer')));
      await settled();
      await recorder.flush();
      expect(sent).toHaveLength(2);
    });
  });
});
