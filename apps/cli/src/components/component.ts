export interface Running {
  pid: number;
  /** Resolves when it ends, for whatever reason, with a word on how. */
  exited: Promise<string>;
  /** Ends it in order, and for certain. */
  stop(): Promise<void>;
}

/** One supervised part of a cluster. `start` resolves when it is up, and may be called again after it ended. */
export interface Component {
  name: string;
  start(): Promise<Running>;
}
