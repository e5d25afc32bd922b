/**
 * What every component but the API server sees of the cluster: typed client, informers with listers and indexes,
 * work queue, leader election, event recorder. Transport (HTTP watch or bus) is chosen here and hidden from callers.
 */
export * from './contracts';
