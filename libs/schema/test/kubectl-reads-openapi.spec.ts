import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from '@nestor/testing';
import {
  definitionSchema,
  encodeOpenApiV2,
  OPENAPI_V2_PROTOBUF_ACCEPT,
  OPENAPI_V2_PROTOBUF_CONTENT_TYPE,
  openApiV2,
  openApiV3,
  type PublishedResource,
} from '../src';

/**
 * The published documents in front of the real kubectl. Only documents are served here; what an API server does with
 * them is the API server's own test.
 */
const deployments: PublishedResource & { plural: string } = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  listKind: 'DeploymentList',
  namespaced: true,
  definition: 'io.k8s.api.apps.v1.Deployment',
  hasStatus: true,
  schema: () => definitionSchema('io.k8s.api.apps.v1.Deployment'),
};
const resources = [deployments];
const discovery: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: [] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [
      {
        name: 'apps',
        versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
        preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
      },
    ],
  },
  '/apis/apps/v1': {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'apps/v1',
    resources: [
      {
        name: 'deployments',
        singularName: 'deployment',
        namespaced: true,
        kind: 'Deployment',
        verbs: ['get', 'create'],
      },
    ],
  },
};
const v3Documents: Record<string, unknown> = {
  '/openapi/v3': { paths: { 'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1?hash=1' } } },
  '/openapi/v3/apis/apps/v1': openApiV3({ groupVersion: { group: 'apps', version: 'v1' }, resources }),
};

describe.each([
  ['v3', { ...discovery, ...v3Documents }],
  ['v2 as protobuf', discovery],
])('kubectl reading OpenAPI %s', (_name, documents: Record<string, unknown>) => {
  let server: Server;
  let folder: string;
  let kubeconfig: string;
  const accepted = new Set<string>();
  let posted = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] as string;
      if (request.method === 'POST') posted++;
      if (path === '/openapi/v2') {
        accepted.add(request.headers.accept ?? '');
        response.writeHead(200, { 'content-type': OPENAPI_V2_PROTOBUF_CONTENT_TYPE });
        response.end(encodeOpenApiV2(openApiV2({ resources })));
        return;
      }
      const found = request.method === 'GET' ? documents[path] : undefined;
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    folder = mkdtempSync(join(tmpdir(), 'nestor-openapi-'));
    kubeconfig = join(folder, 'kubeconfig');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: url } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: '' } }],
        'current-context': 'c',
      }),
    );
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('explains a field', async () => {
    const { stdout } = await kubectl(['explain', 'deployment.spec.strategy'], { kubeconfig });
    expect(stdout).toContain('The deployment strategy to use to replace existing pods with new ones.');
    expect(stdout).toContain('DeploymentStrategy describes how to replace existing pods with new ones.');
    expect(stdout).toContain('rollingUpdate');
  });

  it('leaves field validation to the server, because the parameter is published', async () => {
    const input = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { typo: 1 },
    });
    await expect(kubectl(['create', '-f', '-'], { kubeconfig, input })).rejects.toThrow('error when creating');
    expect(posted).toBe(1);
  });

  it('is asked for in the form it offers', () => {
    expect([...accepted]).toEqual(documents === discovery ? [OPENAPI_V2_PROTOBUF_ACCEPT] : []);
  });
});
