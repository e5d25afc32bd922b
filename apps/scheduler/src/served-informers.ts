import type { ApiObject } from '@nestor/api';
import { Informer, InformerFactory, KubernetesClient, TypedRef, waitForSync } from '@nestor/client';

/**
 * Informers of kinds that the API server may or may not serve. They are asked for once the server answers; until then,
 * and for a kind that is not served, there are simply no objects.
 */
export class ServedInformers {
  private readonly wanted: { ref: TypedRef<ApiObject>; use: (informer: Informer<ApiObject>) => void }[] = [];

  constructor(
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
  ) {}

  when<T extends ApiObject>(ref: TypedRef<T>, use: (informer: Informer<T>) => void): void {
    this.wanted.push({
      ref: ref,
      use: use as unknown as (informer: Informer<ApiObject>) => void,
    });
  }

  /** Resolves when the first lists of all kinds that are served are there. */
  async start(): Promise<void> {
    const versions = new Map<string, Promise<ReadonlySet<string>>>();
    const started = await Promise.all(
      this.wanted.map(async ({ ref, use }) => {
        const path = ref.group ? `/apis/${ref.group}/${ref.version}` : `/api/${ref.version}`;
        const served = versions.get(path) ?? this.servedAt(path);
        versions.set(path, served);
        if (!(await served).has(ref.plural)) return [];
        const informer = this.informers.informer(ref);
        use(informer);
        void informer.start();
        return [informer];
      }),
    );
    await waitForSync(...started.flat());
  }

  private async servedAt(path: string): Promise<ReadonlySet<string>> {
    try {
      const { resources } = await this.client.raw<{ resources?: { name: string }[] }>({ method: 'GET', path });
      return new Set((resources ?? []).map(({ name }) => name));
    } catch {
      // The whole group and version are not there.
      return new Set();
    }
  }
}
