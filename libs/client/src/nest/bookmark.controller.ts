import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { bookmarkSubject, type BusMessage } from '@nestor/watch';
import type { BusLink } from '../informer/bus-link';
import { BUS_LINK } from './bus-link.token';

/** Hands the relay's signs of life to the link, by which informers tell a quiet bus from a broken one. */
@Controller()
export class BookmarkController {
  constructor(@Inject(BUS_LINK) private readonly link: BusLink | undefined) {}

  @EventPattern(bookmarkSubject)
  bookmark(@Payload() message: BusMessage): void {
    this.link?.bookmark(message);
  }
}
