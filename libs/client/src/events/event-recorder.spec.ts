import type { CoreEvent } from '@nestor/api';
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
});
