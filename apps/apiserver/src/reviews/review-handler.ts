import type { ApiObject, ResourceDefinition } from '@nestor/api';
import type { UserInfo } from '@nestor/auth';
import type { Handler } from '../http/dispatch';
import { negotiate } from '../http/media-type';
import { sendObject } from '../http/respond';
import { serve } from '../registry/served-resource';
import type { StorageContext } from '../storage/storage-context';
import { readUnstored, type UnstoredObject } from './unstored-object';

/** Answers what was sent with what is sent back. */
export type Answer = (sent: UnstoredObject, user: UserInfo) => ApiObject | Promise<ApiObject>;

/** Where a kind is asked that is answered and never stored. */
export function reviewHandler(
  storage: StorageContext,
  definition: ResourceDefinition,
  answer: Answer,
): [string, Handler] {
  const served = serve(definition);
  return [
    served.key,
    async (exchange) => {
      const accepted = negotiate(exchange.request.headers.accept);
      const sent = await readUnstored(storage, served, exchange);
      sendObject(exchange, 201, await answer(sent, exchange.user), accepted);
    },
  ];
}
