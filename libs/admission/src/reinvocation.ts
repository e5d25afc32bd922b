/** What is kept from the first run of the mutating plugins for a second one (admission.ReinvocationContext). */
export class Reinvocation {
  /** Somebody changed the object after others had looked at it. */
  isWanted = false;
  /** This is the second run. There is no third. */
  isRunning = false;
  private readonly values = new Map<string, unknown>();

  /** What a plugin keeps from run to run. */
  of<T>(plugin: string, make: () => T): T {
    if (!this.values.has(plugin)) this.values.set(plugin, make());
    return this.values.get(plugin) as T;
  }
}
