import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import type { ObjectReader } from '@nestor/admission';
import type { BusIssuer } from '@nestor/bus-auth';
import type { TruthStore } from '@nestor/store';
import { ownCredentials, WatchCache, type BusCredentialSource, type NatsBusOptions } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { AUTHORIZATION, OBJECT_READER, TRUTH_STORE } from '../apiserver.tokens';
import type { Authorization } from '../authorization/create-authorizer';
import type { VirtualResource } from '../discovery/api-resources';
import type { Handler } from '../http/dispatch';
import { ResourceRegistry } from '../registry/resource-registry';
import { busCredentialKind, busCredentials, busVersion } from './bus-group';
import { BusRevocations } from './bus-revocations';
import { BusSubjects } from './bus-subjects';
import { credentialHandler } from './credential-handler';
import { CredentialRecords } from './credential-records';
import { openIssuer } from './open-issuer';

/** Who may use the bus: gives credentials and takes them back. Without keys to sign with it does neither. */
@Injectable()
export class BusAccess implements OnApplicationShutdown {
  private readonly issuer: BusIssuer | undefined;
  private readonly records: CredentialRecords;
  private readonly stopping = new AbortController();
  private revocations: BusRevocations | undefined;

  constructor(
    @Inject(ApiServerConfig) private readonly config: ApiServerConfig,
    @Inject(TRUTH_STORE) private readonly store: TruthStore,
    @Inject(WatchCache) private readonly cache: WatchCache,
    @Inject(ResourceRegistry) private readonly registry: ResourceRegistry,
    @Inject(AUTHORIZATION) private readonly authorization: Authorization,
    @Inject(OBJECT_READER) private readonly reader: ObjectReader,
  ) {
    this.issuer = openIssuer(config);
    this.records = new CredentialRecords(store, cache);
  }

  /** Where the servers of the bus are, and what this server shows them: it publishes, and hears nothing. */
  server(url: string): NatsBusOptions {
    const { natsCaFile, natsCertFile, natsKeyFile } = this.config;
    const credentials = this.ownCredentials();
    return {
      url,
      name: 'apiserver',
      caFile: natsCaFile,
      certFile: natsCertFile,
      keyFile: natsKeyFile,
      ...(credentials && { credentials }),
    };
  }

  handlers(): [string, Handler][] {
    const { issuer, records, reader, lifeMs } = this;
    if (!issuer) return [];
    const subjects = new BusSubjects(this.registry, this.authorization.authorizer);
    const { group, resource } = busCredentials;
    return [[`${resource}.${group}`, credentialHandler({ issuer, records, subjects, reader, lifeMs })]];
  }

  /** What discovery tells of. */
  get served(): VirtualResource[] {
    if (!this.issuer) return [];
    const { group, resource: plural } = busCredentials;
    const kind = busCredentialKind;
    return [{ group, version: busVersion, plural, singular: kind.toLowerCase(), kind, namespaced: false }];
  }

  start(url: string): void {
    const { issuer, records, store, cache } = this;
    if (!issuer) return;
    const { credentials: _, ...server } = this.server(url);
    this.revocations = new BusRevocations({ issuer, records, store, cache, server, shutdown: this.stopping.signal });
    this.revocations.start();
  }

  /** The servers of the bus are there again. */
  reconnected(): void {
    this.revocations?.tellAgain();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.revocations?.ended();
  }

  private get lifeMs(): number {
    return this.config.natsCredentialSeconds * 1000;
  }

  private ownCredentials(): BusCredentialSource | undefined {
    const permissions = { publish: ['nestor.>'], subscribe: [] };
    return this.issuer && ownCredentials(this.issuer, { name: 'apiserver', permissions, lifeMs: this.lifeMs });
  }
}
