import { setTimeout as pause } from 'node:timers/promises';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { eventually } from '@nestor/testing';
import { InProcessBus, type BusMessage } from '@nestor/watch';
import { WatchBusContext, WatchBusStrategy } from './watch-bus.strategy';

const handled: string[] = [];

@Controller()
class PodEvents {
  @EventPattern('nestor.watch._.pods.>')
  async pods(@Payload() message: BusMessage, @Ctx() given: unknown): Promise<void> {
    const context = given as WatchBusContext;
    // The first is the slowest: order must come from waiting, not from luck.
    await pause(Math.max(0, 20 - 5 * context.revision));
    if (context.revision === 2) throw new Error('this one fails');
    handled.push(`${message.subject} ${context.previous}-${context.revision} ${Buffer.from(message.data).toString()}`);
  }
}

@Module({ controllers: [PodEvents] })
class PodEventsModule {}

describe('the Nest transport for watch events', () => {
  let app: INestMicroservice;
  const bus = new InProcessBus();
  afterAll(() => app?.close());

  it('delivers to @EventPattern handlers one after the other, with the revisions', async () => {
    app = await NestFactory.createMicroservice(PodEventsModule, { strategy: new WatchBusStrategy(bus), logger: false });
    await app.listen();
    for (let revision = 1; revision <= 4; revision += 1) {
      bus.publish({
        subject: `nestor.watch._.pods.ns.p${revision}`,
        data: Buffer.from(`e${revision}`),
        revision,
        previous: revision - 1,
        type: 'event',
      });
    }
    bus.publish({
      subject: 'nestor.watch._.nodes._.n',
      data: Buffer.from(''),
      revision: 5,
      previous: 0,
      type: 'event',
    });
    await eventually(() => expect(handled.length).toBeGreaterThanOrEqual(3));
    expect(handled).toEqual([
      'nestor.watch._.pods.ns.p1 0-1 e1',
      'nestor.watch._.pods.ns.p3 2-3 e3',
      'nestor.watch._.pods.ns.p4 3-4 e4',
    ]);
  });
});
