import type { ProxyState } from './state/service-port';

/**
 * One way to make service IPs work on a node. A backend owns what it wrote to the kernel and nothing else; `sync`
 * is level triggered: it brings the kernel to the given state from whatever is there.
 */
export interface ProxyBackend {
  readonly mode: string;
  /** Throws what is missing (a program, a capability) before any work is tried. */
  check(): Promise<void>;
  /** `full` distrusts what was written before and also removes leftovers of earlier processes. */
  sync(state: ProxyState, options?: { full?: boolean }): Promise<SyncReport>;
  /** False when somebody else removed the rules, so that a full sync is due. */
  intact(): Promise<boolean>;
  /** Removes everything this mode ever writes. */
  cleanup(): Promise<void>;
}

export interface SyncReport {
  /** Whether the kernel had to be touched. */
  changed: boolean;
  /** Rules per table, of the whole state. */
  rules: Readonly<Record<string, number>>;
}
