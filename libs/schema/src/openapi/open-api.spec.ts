import { definitionSchema } from '../definitions';
import type { StructuralSchema } from '../structural-schema';
import { openApiV2 } from './open-api-v2';
import { openApiV3 } from './open-api-v3';
import type { PublishedResource } from './published-resource';

function builtIn(
  group: string,
  kind: string,
  definition: string,
  more: Partial<PublishedResource> = {},
): PublishedResource {
  return {
    group,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    listKind: `${kind}List`,
    namespaced: true,
    definition,
    hasStatus: true,
    schema: () => definitionSchema(definition),
    ...more,
  };
}

const foo: StructuralSchema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { size: { type: 'integer' }, either: { anyOf: [{ minimum: 1 }] } } },
  },
};
const resources = [
  builtIn('apps', 'Deployment', 'io.k8s.api.apps.v1.Deployment', { scale: {} }),
  builtIn('', 'Namespace', 'io.k8s.api.core.v1.Namespace', { namespaced: false }),
  builtIn('example.com', 'Foo', 'com.example.v1.Foo', { custom: true, hasStatus: false, schema: () => foo }),
];
type Document = Record<string, never> & { paths: Record<string, Record<string, Record<string, unknown>>> };
const v3 = (group: string) => openApiV3({ groupVersion: { group, version: 'v1' }, resources }) as Document;
const v2 = openApiV2({ resources }) as Document;

/** Every $ref of a document, and every name it defines. */
function refsOf(document: unknown): string[] {
  return [...JSON.stringify(document).matchAll(/"\$ref":"#\/(?:components\/schemas|definitions)\/([^"]+)"/g)].map(
    (found) => found[1] as string,
  );
}

describe('openApiV3', () => {
  const apps = v3('apps');
  const schemas = (apps['components'] as unknown as { schemas: Record<string, Record<string, unknown>> }).schemas;

  it.each(['apps', '', 'example.com'])('defines all that the document of %j refers to', (group) => {
    const document = v3(group) as unknown as { components: { schemas: object } };
    expect(refsOf(document).filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('tells kubectl that patch and create support fieldValidation and dryRun', () => {
    const item = apps.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    const names = (item?.['patch']?.['parameters'] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(item?.['patch']?.['x-kubernetes-group-version-kind']).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    });
    expect(item?.['patch']?.['x-kubernetes-action']).toBe('patch');
  });

  it('names operations as Kubernetes does', () => {
    const ids = Object.values(apps.paths).flatMap((item) =>
      Object.values(item).flatMap((operation) => (operation['operationId'] as string | undefined) ?? []),
    );
    expect(ids).toEqual(
      expect.arrayContaining([
        'listAppsV1NamespacedDeployment',
        'createAppsV1NamespacedDeployment',
        'deleteAppsV1CollectionNamespacedDeployment',
        'replaceAppsV1NamespacedDeploymentScale',
        'patchAppsV1NamespacedDeploymentStatus',
        'listAppsV1DeploymentForAllNamespaces',
      ]),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('carries kinds, merge keys and descriptions', () => {
    expect(schemas['io.k8s.api.apps.v1.Deployment']?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'apps', kind: 'Deployment', version: 'v1' },
    ]);
    const spec = schemas['io.k8s.api.core.v1.PodSpec'] as { properties: Record<string, Record<string, unknown>> };
    expect(spec.properties['containers']).toMatchObject({
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-list-type': 'map',
      description: expect.stringContaining('List of containers') as string,
    });
  });

  it('offers a custom kind every patch but the strategic one', () => {
    const item = v3('example.com').paths['/apis/example.com/v1/namespaces/{namespace}/foos/{name}'];
    const body = item?.['patch']?.['requestBody'] as { content: object };
    expect(Object.keys(body.content)).toEqual([
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/apply-patch+yaml',
    ]);
  });
});

describe('openApiV2', () => {
  it('defines all that it refers to', () => {
    const { definitions } = v2 as unknown as { definitions: object };
    expect(refsOf(v2).filter((name) => !(name in definitions))).toEqual([]);
  });

  it('has no keyword that OpenAPI 2.0 lacks', () => {
    expect(JSON.stringify(v2)).not.toMatch(/"(anyOf|oneOf|nullable)":/);
  });
});
