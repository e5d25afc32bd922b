import { pathsOf, queryParameters, type Operation, type PathItem } from './operations';
import { groupVersionTag, listDefinition, type GroupVersion, type PublishedResource } from './published-resource';
import { refTo, renderDefinitions, type Json } from './render-definitions';

const MEDIA_TYPES = ['application/json', 'application/yaml'];
const SECURITY = {
  BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
};

/** The OpenAPI 3.0 document of one group version, as /openapi/v3/apis/<group>/<version> serves it. */
export function openApiV3(of: { groupVersion: GroupVersion; resources: readonly PublishedResource[] }): Json {
  const { groupVersion } = of;
  const resources = of.resources.filter(
    (one) => one.group === groupVersion.group && one.version === groupVersion.version,
  );
  const items = resources.flatMap(pathsOf);
  const named = new Set(resources.flatMap((resource) => [resource.definition, listDefinition(resource)]));
  for (const operation of items.flatMap((item) => item.operations)) {
    if (operation.body !== undefined) named.add(operation.body);
    for (const response of Object.values(operation.responses)) named.add(response);
  }
  const tag = groupVersionTag(groupVersion);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(
      items.sort((a, b) => (a.path < b.path ? -1 : 1)).map((item) => [item.path, pathItem(item, tag)]),
    ),
    components: { schemas: renderDefinitions('v3', resources, named), securitySchemes: SECURITY },
  };
}

function pathItem(item: PathItem, tag: string): Json {
  const methods = item.operations.map((operation) => [operation.method, operationObject(operation, tag)]);
  return {
    ...Object.fromEntries(methods),
    parameters: [...item.inPath.map((name) => pathParameter(name, item.kind)), queryParameter('pretty')],
  } as Json;
}

function operationObject(operation: Operation, tag: string): Json {
  const { group, version, kind } = operation;
  return {
    tags: [tag],
    description: operation.description,
    operationId: operation.id,
    ...(operation.query.length > 0 && { parameters: operation.query.map(queryParameter) }),
    ...(operation.body !== undefined && { requestBody: requestBody(operation, operation.body) }),
    responses: {
      ...Object.fromEntries(Object.entries(operation.responses).map(([code, name]) => [code, response(code, name)])),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function requestBody(operation: Operation, body: string): Json {
  const required = !body.endsWith('DeleteOptions') && { required: true };
  return { content: content(operation.consumes ?? ['*/*'], body), ...required };
}

const CODE_TEXT: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function response(code: string, definition: string): Json {
  return { description: CODE_TEXT[code], content: content(MEDIA_TYPES, definition) };
}

function content(types: readonly string[], definition: string): Json {
  return Object.fromEntries(types.map((type) => [type, { schema: refTo('v3', definition) }]));
}

function queryParameter(name: keyof typeof queryParameters): Json {
  const [type, description] = queryParameters[name];
  return { name, in: 'query', description, schema: { type, uniqueItems: true } };
}

function pathParameter(name: 'name' | 'namespace', kind: string): Json {
  const description =
    name === 'name' ? `name of the ${kind}` : 'object name and auth scope, such as for teams and projects';
  return { name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } };
}
