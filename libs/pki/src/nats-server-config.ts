import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PemFiles } from './pem-files';

export interface SubjectPermissions {
  publish: readonly string[];
  subscribe: readonly string[];
}

export interface NatsUser extends SubjectPermissions {
  /** The client certificate by which the server knows the user. */
  certificateFile: string;
}

export interface NatsServerSettings {
  host?: string;
  port: number;
  server: PemFiles;
  caFile: string;
  users: readonly NatsUser[];
}

/** What a request and its answer need on any connection. */
const inbox = '_INBOX.>';

/** The API server alone publishes. */
export function publisher(certificateFile: string): NatsUser {
  return { certificateFile, publish: ['nestor.>', inbox], subscribe: ['nestor.>', inbox] };
}

/** Components of the control plane see every event; Secrets' events carry metadata only. */
export function controlPlaneSubscriber(certificateFile: string): NatsUser {
  return { certificateFile, publish: [], subscribe: ['nestor.watch.>', 'nestor.bookmark', inbox] };
}

/** A node sees its own pods and the few resources that every node may read. */
export function nodeSubscriber(certificateFile: string, nodeToken: string): NatsUser {
  return {
    certificateFile,
    publish: [],
    subscribe: [`nestor.node.${nodeToken}.>`, ...resourcesOfEveryNode, 'nestor.bookmark', inbox],
  };
}

/** kube-proxy needs Services and where they lead. */
export function proxySubscriber(certificateFile: string): NatsUser {
  return { certificateFile, publish: [], subscribe: [...resourcesOfEveryNode, 'nestor.bookmark', inbox] };
}

/** The one process of all simulated nodes. */
export function simulatedNodesSubscriber(certificateFile: string): NatsUser {
  return {
    certificateFile,
    publish: [],
    subscribe: ['nestor.node.>', ...resourcesOfEveryNode, 'nestor.bookmark', inbox],
  };
}

/** The same permissions for a broker that asks about one peer at a time. */
export function natsPermissions(users: readonly NatsUser[], commonName: string): SubjectPermissions | undefined {
  return users.find(({ certificateFile }) => commonNameOf(certificateFile) === commonName);
}

function commonNameOf(certificateFile: string): string | undefined {
  return /^CN=(.*)$/m.exec(new X509Certificate(readFileSync(certificateFile)).subject)?.[1];
}

const resourcesOfEveryNode = [
  'nestor.watch._.services.>',
  'nestor.watch._.nodes.>',
  'nestor.watch._.endpoints.>',
  'nestor.watch.discovery%2Ek8s%2Eio.endpointslices.>',
];

/** The configuration of a nats-server that admits these certificates, each to its subjects, and nobody else. */
export function natsServerConfig(settings: NatsServerSettings): string {
  const { host = '127.0.0.1', port, server, caFile, users } = settings;
  return [
    `host: ${quoted(host)}`,
    `port: ${port}`,
    // A watch event may be as large as an object may be, and a header.
    'max_payload: 8MB',
    'max_pending: 256MB',
    // A subscriber that stands still for this long is cut off; it heals its gap over HTTP.
    'write_deadline: "10s"',
    'tls {',
    `  cert_file: ${quoted(server.certificateFile)}`,
    `  key_file: ${quoted(server.keyFile)}`,
    `  ca_file: ${quoted(caFile)}`,
    '  verify_and_map: true',
    '  timeout: 5',
    '}',
    'authorization {',
    '  users = [',
    ...users.map(userEntry),
    '  ]',
    '}',
    '',
  ].join('\n');
}

function userEntry({ certificateFile, publish, subscribe }: NatsUser): string {
  // nats-server looks a certificate up by its subject, the most specific part first.
  const subject = new X509Certificate(readFileSync(certificateFile)).subject.split('\n').reverse().join(',');
  const allowed = (subjects: readonly string[]) =>
    subjects.length ? `{ allow: [${subjects.map(quoted).join(', ')}] }` : '{ deny: ">" }';
  const permissions = `{ publish: ${allowed(publish)}, subscribe: ${allowed(subscribe)} }`;
  return `    { user: ${quoted(subject)}, permissions: ${permissions} }`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
