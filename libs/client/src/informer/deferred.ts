export interface Deferred {
  promise: Promise<void>;
  resolve(): void;
}

/** Promise.withResolvers, which Node 20 does not have. */
export function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
