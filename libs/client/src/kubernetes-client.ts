import type { ApiObject } from '@nestor/api';
import type { ResourceClient } from './contracts';
import { HttpTransport, type HttpRequest } from './http/http-transport';
import { httpWatch, type HttpWatchOptions, type WatchEvent } from './http/http-watch';
import { loadConnection, type Connection } from '@nestor/connection';
import { discoverResources, type DiscoveredResource, type Discovery } from './resources/discovery';
import { refs, type TypedRef } from './resources/refs';
import { HttpResourceClient } from './resources/resource-client';
import { apiVersionOf } from './resources/resource-path';

export interface KubernetesClientOptions {
  /** Path of a kubeconfig, or a connection made elsewhere. */
  kubeconfig?: string;
  connection?: Connection;
  /** Names the process in the API server's log: nestor-<component>/<version>. */
  component: string;
  version?: string;
  /** Requests in flight at once. */
  maxSockets?: number;
}

/** The door to the API server. */
export class KubernetesClient {
  readonly connection: Connection;
  readonly transport: HttpTransport;
  private urgent: HttpTransport | undefined;
  private fenced: (() => boolean) | undefined;
  private discovered: Promise<Discovery> | undefined;

  constructor(readonly options: KubernetesClientOptions) {
    this.connection = options.connection ?? loadConnection(options.kubeconfig);
    this.transport = this.newTransport(options.maxSockets);
  }

  resource<T extends ApiObject>(ref: TypedRef<T>): ResourceClient<T> {
    return new HttpResourceClient<T>(this.transport, ref, () => this.fenced?.() ?? true);
  }

  /**
   * As resource(), for writes that no fence holds back: those of the election itself. They have a connection of their
   * own: a lease that waits behind a burst of a thousand pods is not renewed in time.
   */
  unfenced<T extends ApiObject>(ref: TypedRef<T>): ResourceClient<T> {
    this.urgent ??= this.newTransport(1);
    return new HttpResourceClient<T>(this.urgent, ref);
  }

  /** From now on writes are sent only while `mayWrite` says so; it is asked in the moment each one is sent. */
  fence(mayWrite: () => boolean): void {
    this.fenced = mayWrite;
  }

  /** One watch over HTTP, until it ends. Informers are what components use; this is for tools and tests. */
  watch<T extends ApiObject>(
    ref: TypedRef<T>,
    options: HttpWatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void> {
    return httpWatch<T>(this.transport, ref, options, onEvent);
  }

  /** Any path, the answer parsed as JSON. */
  async raw<T = unknown>(request: HttpRequest): Promise<T> {
    const permitted = request.method === 'GET' ? undefined : () => this.fenced?.() ?? true;
    return JSON.parse((await this.transport.request({ ...request, permitted })).body.toString('utf8')) as T;
  }

  /** Every served resource but those of groups that cannot be asked; asked once, and anew with `fresh`. */
  async resources(options: { fresh?: boolean } = {}): Promise<DiscoveredResource[]> {
    return (await this.discover(options)).resources;
  }

  /** The same with what could not be asked, for whoever must not miss anything. */
  discover(options: { fresh?: boolean } = {}): Promise<Discovery> {
    if (options.fresh || !this.discovered) {
      this.discovered = discoverResources(this.transport);
      this.discovered.catch(() => (this.discovered = undefined));
    }
    return this.discovered;
  }

  /** The ref of 'apps/v1/Deployment' or 'v1/Pod': from the built-in table, else from discovery. */
  async refOf<T extends ApiObject>(apiVersionAndKind: string): Promise<TypedRef<T>> {
    const found = builtInRef(apiVersionAndKind) ?? (await this.discoverRef(apiVersionAndKind));
    if (!found)
      throw new Error(`the API server serves no ${apiVersionAndKind}: is its CustomResourceDefinition applied?`);
    return found as TypedRef<T>;
  }

  close(): void {
    this.transport.close();
    this.urgent?.close();
  }

  private newTransport(maxSockets: number | undefined): HttpTransport {
    const { component, version = '0.1.0' } = this.options;
    return new HttpTransport({ connection: this.connection, userAgent: `nestor-${component}/${version}`, maxSockets });
  }

  private async discoverRef(apiVersionAndKind: string): Promise<TypedRef<ApiObject> | undefined> {
    const isIt = (ref: DiscoveredResource) => `${apiVersionOf(ref)}/${ref.kind}` === apiVersionAndKind;
    return (await this.resources()).find(isIt) ?? (await this.resources({ fresh: true })).find(isIt);
  }
}

export function builtInRef(apiVersionAndKind: string): TypedRef<ApiObject> | undefined {
  return (Object.values(refs) as TypedRef<ApiObject>[]).find(
    (ref) => `${apiVersionOf(ref)}/${ref.kind}` === apiVersionAndKind,
  );
}
