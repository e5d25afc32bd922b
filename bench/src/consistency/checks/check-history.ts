import type { History, Violation } from '../history';
import { checkExpiry } from './check-expiry';
import { checkLog } from './check-log';
import { checkReads } from './check-reads';
import { checkWatchers } from './check-watchers';
import { checkWrites } from './check-writes';
import { Timeline } from './timeline';

/** Everything that is wrong with a history. */
export function checkHistory(history: History): Violation[] {
  const timeline = new Timeline(history);
  return [checkLog, checkWrites, checkReads, checkWatchers, checkExpiry].flatMap((check) => check(history, timeline));
}
