/**
 * What every component but the API server sees of the cluster: typed client, informers with listers and indexes,
 * work queue, leader election, event recorder. Transport (HTTP watch or bus) is chosen here and hidden from callers.
 */
export * from './contracts';
export { HttpTransport, type HttpAnswer, type HttpRequest } from './http/http-transport';
export { httpWatch, LineSplitter, type HttpWatchOptions, type WatchEvent } from './http/http-watch';
export { refs, type TypedRef } from './resources/refs';
export { apiVersionOf, refName, resourcePath } from './resources/resource-path';
export { type DiscoveredResource, type Discovery } from './resources/discovery';
export { ServedResources, type ResourceFollower } from './resources/served-resources';
export { ScaleClient } from './resources/scale-client';
export { builtInRef, KubernetesClient, type KubernetesClientOptions } from './kubernetes-client';
export { InformerFactory, waitForSync } from './informer/informer-factory';
export { BusLink } from './informer/bus-link';
export { keyOf, objectKey, splitKey } from './informer/object-cache';
export { type Selection } from './informer/selection';
export { Backoff, pause } from './informer/backoff';
export { WorkQueue } from './queue/work-queue';
export { ExponentialRateLimiter, type RateLimiter } from './queue/rate-limiter';
export { LeaderElector, microTime, type LeaderElectionOptions } from './leader-election/leader-elector';
export { EventRecorder, type EventRecorderOptions, type EventSubject, type EventType } from './events/event-recorder';
export { BUS_LINK } from './nest/bus-link.token';
export { ClientModule, type ClientModuleOptions } from './nest/client.module';
export { WatchBusContext, WatchBusStrategy } from './nest/watch-bus.strategy';
export { createOnBus } from './nest/create-on-bus';
export { openNatsBus, type ClientConfig } from './nest/open-nats-bus';
