import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { frontProxyName, type ClusterPki } from '@nestor/pki';

const service = { namespace: 'kube-system', name: 'test-metrics' };

export interface MetricsRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** The name in the caller's certificate, '' where it showed none that can be trusted. */
  proxy: string;
}

type Usage = Record<string, string>;

/** A server such as metrics-server and the adapters beside it are, which says what a test tells it to. */
export interface TestMetricsServer {
  port: number;
  requests: MetricsRequest[];
  /** By node. */
  nodes: Map<string, Usage>;
  /** By "namespace/pod", then by container. */
  pods: Map<string, Record<string, Usage>>;
  /** By path below the namespace, as "pods/*\/qps" or "services/web/hits": the object's name with its value. */
  custom: Map<string, Record<string, string>>;
  /** By metric. */
  external: Map<string, string[]>;
  /** Answers 500 to everything while it is on. */
  isBroken: boolean;
  /** Ends a connection at its second request while it is on. */
  isAbrupt: boolean;
  /** The Service and the APIServices that lead to it. */
  manifests(trust?: { caBundle: string }): object[];
  stop(): Promise<void>;
}

/** Serves metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io on a loopback port. */
export async function startMetricsServer(pki: ClusterPki): Promise<TestMetricsServer> {
  const serving = await pki.server('test-metrics', [`${service.name}.${service.namespace}.svc`]);
  const { caFile } = await pki.frontProxy();
  const sockets = new Set<Socket>();
  const server = createServer({
    cert: readFileSync(serving.certificateFile),
    key: readFileSync(serving.keyFile),
    ca: readFileSync(caFile),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const state: TestMetricsServer = {
    port,
    requests: [],
    nodes: new Map(),
    pods: new Map(),
    custom: new Map(),
    external: new Map(),
    isBroken: false,
    isAbrupt: false,
    manifests: (trust) => manifests(port, trust),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => serve(state, request, response));
  return state;
}

const groups = [
  ['metrics.k8s.io', 'v1beta1'],
  ['custom.metrics.k8s.io', 'v1beta2'],
  ['external.metrics.k8s.io', 'v1beta1'],
] as const;

function manifests(port: number, trust: { caBundle: string } | undefined): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: service,
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    ...groups.map(([group, version]) => ({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.${group}` },
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { ...service, port },
        ...(trust ?? { insecureSkipTLSVerify: true }),
      },
    })),
  ];
}

const served = new WeakSet<TLSSocket>();

function serve(state: TestMetricsServer, request: IncomingMessage, response: ServerResponse): void {
  const { url = '/', method = 'GET', headers } = request;
  const socket = request.socket as TLSSocket;
  const isReused = served.has(socket);
  served.add(socket);
  if (state.isAbrupt && isReused) {
    socket.destroy();
    return;
  }
  const proxy = socket.authorized ? String(socket.getPeerCertificate().subject?.CN ?? '') : '';
  state.requests.push({ method, url, headers, proxy });
  const found = state.isBroken ? undefined : answer(state, new URL(url, 'https://localhost'));
  // Only the proxy may say for whom it asks.
  const code = state.isBroken ? 500 : proxy !== frontProxyName ? 403 : found ? 200 : 404;
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify(code === 200 ? found : { kind: 'Status', status: 'Failure', code, message: `code ${code}` }),
  );
}

const gvk = { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics' };
const schema = {
  openapi: '3.0.0',
  info: { title: 'test-metrics', version: 'v1' },
  paths: { '/apis/metrics.k8s.io/v1beta1/nodes': { get: { 'x-kubernetes-group-version-kind': gvk, responses: {} } } },
  components: {
    schemas: {
      NodeMetrics: {
        type: 'object',
        description: 'NodeMetrics sets resource usage metrics of a node.',
        properties: { window: { type: 'string', description: 'How long was measured.' } },
        'x-kubernetes-group-version-kind': [gvk],
      },
    },
  },
};

const timestamp = (): string => new Date().toISOString();

const schemaPath = '/openapi/v3/apis/metrics.k8s.io/v1beta1';

function answer(state: TestMetricsServer, { pathname }: URL): object | undefined {
  if (pathname === '/openapi/v3') {
    return { paths: { [schemaPath.slice('/openapi/v3/'.length)]: { serverRelativeURL: `${schemaPath}?hash=H` } } };
  }
  if (pathname === schemaPath) return schema;
  const [, group = '', version = '', ...rest] = pathname.split('/').filter((part) => part !== '');
  if (rest.length === 0) return resourceList(group, version);
  if (group === 'metrics.k8s.io') return resourceMetrics(state, rest);
  const [, namespace = '', ...metric] = rest;
  if (group === 'custom.metrics.k8s.io') {
    const values = Object.entries(state.custom.get(metric.join('/')) ?? {});
    const name = metric.at(-1);
    const items = values.map(([object, value]) => ({
      describedObject: { kind: 'Pod', namespace, name: object },
      metric: { name },
      timestamp: timestamp(),
      value,
    }));
    return { kind: 'MetricValueList', apiVersion: `${group}/${version}`, metadata: {}, items };
  }
  const name = metric.join('/');
  const items = (state.external.get(name) ?? []).map((value) => ({
    metricName: name,
    metricLabels: {},
    timestamp: timestamp(),
    value,
  }));
  return { kind: 'ExternalMetricValueList', apiVersion: `${group}/${version}`, metadata: {}, items };
}

function resourceList(group: string, version: string): object {
  const kinds = [
    { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
    { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
  ];
  const resources = group === 'metrics.k8s.io' ? kinds : [];
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources };
}

function resourceMetrics(state: TestMetricsServer, rest: readonly string[]): object | undefined {
  const apiVersion = 'metrics.k8s.io/v1beta1';
  const common = { timestamp: timestamp(), window: '30s' };
  if (rest[0] === 'nodes') {
    const items = [...state.nodes].map(([name, usage]) => ({ metadata: { name }, ...common, usage }));
    const named = items.find(({ metadata }) => metadata.name === rest[1]);
    if (rest[1]) return named && { kind: 'NodeMetrics', apiVersion, ...named };
    return { kind: 'NodeMetricsList', apiVersion, metadata: {}, items };
  }
  const namespace = rest[0] === 'namespaces' ? rest[1] : undefined;
  const items = [...state.pods]
    .map(([key, containers]) => {
      const [inNamespace = '', name = ''] = key.split('/');
      const list = Object.entries(containers).map(([container, usage]) => ({ name: container, usage }));
      return { metadata: { namespace: inNamespace, name }, ...common, containers: list };
    })
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  return { kind: 'PodMetricsList', apiVersion, metadata: {}, items };
}
