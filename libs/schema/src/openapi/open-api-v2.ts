import { pathsOf, queryParameters, type Operation, type PathItem } from './operations';
import { groupVersionTag, listDefinition, type PublishedResource } from './published-resource';
import { refTo, renderDefinitions, type Json } from './render-definitions';

const MEDIA_TYPES = ['application/json', 'application/yaml'];
const CODE_TEXT: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** The OpenAPI 2.0 document of the whole server, as /openapi/v2 serves it. */
export function openApiV2(of: { resources: readonly PublishedResource[] }): Json {
  const items = of.resources.flatMap((resource) =>
    pathsOf(resource).map((item) => ({ item, tag: groupVersionTag(resource) })),
  );
  const named = new Set(of.resources.flatMap((resource) => [resource.definition, listDefinition(resource)]));
  for (const operation of items.flatMap(({ item }) => item.operations)) {
    if (operation.body !== undefined) named.add(operation.body);
    for (const response of Object.values(operation.responses)) named.add(response);
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(
      items
        .sort((a, b) => (a.item.path < b.item.path ? -1 : 1))
        .map(({ item, tag }) => [item.path, pathItem(item, tag)]),
    ),
    definitions: renderDefinitions('v2', of.resources, named),
    securityDefinitions: {
      BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function pathItem(item: PathItem, tag: string): Json {
  return {
    ...Object.fromEntries(item.operations.map((operation) => [operation.method, operationObject(operation, tag)])),
    parameters: [...item.inPath.map((name) => pathParameter(name, item.kind)), queryParameter('pretty')],
  };
}

function operationObject(operation: Operation, tag: string): Json {
  const { group, version, kind } = operation;
  const body = operation.body === undefined ? [] : [bodyParameter(operation.body)];
  return {
    description: operation.description,
    consumes: operation.consumes ?? ['*/*'],
    produces: MEDIA_TYPES,
    schemes: ['https'],
    tags: [tag],
    operationId: operation.id,
    parameters: [...body, ...operation.query.map(queryParameter)],
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.responses).map(([code, name]) => [
          code,
          { description: CODE_TEXT[code], schema: refTo('v2', name) },
        ]),
      ),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function bodyParameter(definition: string): Json {
  const required = !definition.endsWith('DeleteOptions') && { required: true };
  return { name: 'body', in: 'body', ...required, schema: refTo('v2', definition) };
}

function queryParameter(name: keyof typeof queryParameters): Json {
  const [type, description] = queryParameters[name];
  return { uniqueItems: true, type, description, name, in: 'query' };
}

function pathParameter(name: 'name' | 'namespace', kind: string): Json {
  const description =
    name === 'name' ? `name of the ${kind}` : 'object name and auth scope, such as for teams and projects';
  return { uniqueItems: true, type: 'string', description, name, in: 'path', required: true };
}
