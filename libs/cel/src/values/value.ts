import type { CelList } from './list';
import type { CelMap } from './map';
import type { OpaqueValue } from './opaque';
import type { Optional } from './optional';
import type { Duration, Timestamp } from './time';
import type { TypeValue } from './type-value';
import type { Uint } from './uint';

/** What expressions work on: int is bigint, double is number, the rest says itself. */
export type Value =
  | null
  | boolean
  | bigint
  | Uint
  | number
  | string
  | Uint8Array
  | Duration
  | Timestamp
  | CelList
  | CelMap
  | Optional
  | TypeValue
  | OpaqueValue;
