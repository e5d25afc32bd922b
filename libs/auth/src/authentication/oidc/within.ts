/** What is thrown by the work says at what. */
export function within<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw failed(what, error);
  }
}

/** As `within`, of work that is done later. */
export async function withinLater<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failed(what, error);
  }
}

const failed = (what: string, cause: unknown): Error =>
  new Error(`oidc: ${what}: ${(cause as Error).message}`, { cause });
