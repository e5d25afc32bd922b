import { keyOf } from '@nestor/client';
import type { ObservedPod } from './job-state';

/** A colon is in no object's name: pods to let go of wait in the queue of the Jobs. */
const prefix = 'pod:';

export const podKey = ({ metadata }: ObservedPod): string => keyOf(metadata.namespace, `${prefix}${metadata.name}`);
export const isPodKey = (name: string): boolean => name.startsWith(prefix);
export const podNameOf = (name: string): string => name.slice(prefix.length);
