import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin';

/** Runs the plugins in their order: all mutations, and later, when the object is whole, all judgements. */
export class AdmissionChain {
  private readonly mutating: readonly AdmissionPlugin[];
  private readonly validating: readonly AdmissionPlugin[];
  constructor(plugins: readonly AdmissionPlugin[]) {
    this.mutating = plugins.filter((plugin) => plugin.admit);
    this.validating = plugins.filter((plugin) => plugin.validate);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    await this.mutate(request);
    const { reinvocation } = request;
    if (!reinvocation?.isWanted) return;
    // What a webhook or policy changed the plugins before it have not seen.
    reinvocation.isRunning = true;
    await this.mutate(request);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.validating) if (plugin.handles(request)) await plugin.validate?.(request);
  }

  private async mutate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.mutating) if (plugin.handles(request)) await plugin.admit?.(request);
  }
}
