import { isDns1123Label, isDns1123Subdomain } from '@nestor/formats';
import { CelError } from '../values/cel-error';
import { OpaqueValue } from '../values/opaque';
import { declare, Library } from './library';

/** What an expression asks about: a path, or a resource with all that narrows it. */
export interface AuthorizationQuery {
  /** Set where not the requester is asked about. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  readonly verb: string;
}

export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

export type Authorize = (query: AuthorizationQuery) => AuthorizationAnswer;

type Asked = Omit<AuthorizationQuery, 'verb'>;

/** Each stage of asking, from authorizer to ResourceCheck; the type's name says which. */
class Check extends OpaqueValue {
  constructor(
    readonly typeName: string,
    readonly authorize: Authorize,
    readonly asked: Asked,
  ) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other === this;
  }
  as(typeName: string, more: Asked): Check {
    return new Check(typeName, this.authorize, { ...this.asked, ...more });
  }
}

class Decision extends OpaqueValue {
  readonly typeName = 'kubernetes.authorization.Decision';
  constructor(readonly answer: AuthorizationAnswer) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other === this;
  }
}

const authorizerName = 'kubernetes.authorization.Authorizer';
const pathName = 'kubernetes.authorization.PathCheck';
const groupName = 'kubernetes.authorization.GroupCheck';
const resourceName = 'kubernetes.authorization.ResourceCheck';
const decisionName = 'kubernetes.authorization.Decision';

/** The value of the variable "authorizer". */
export const authorizerValue = (authorize: Authorize): OpaqueValue => new Check(authorizerName, authorize, {});

/** The value of "authorizer.requestResource": the resource that is being written. */
export const resourceCheckValue = (authorize: Authorize, resource: Asked): OpaqueValue =>
  new Check(resourceName, authorize, resource);

function filled(text: string, what: string): string {
  if (text.trim() === '') throw new CelError(`${what} must not be empty`);
  return text;
}

function serviceAccount(check: Check, namespace: string, name: string): Check {
  if (isDns1123Subdomain(name).length) throw new CelError('Invalid service account name');
  if (isDns1123Label(namespace).length) throw new CelError('Invalid service account namespace');
  return check.as(authorizerName, { serviceAccount: { namespace, name } });
}

const narrowed = (field: keyof Asked) =>
  declare(`${resourceName}.${field}(string): ${resourceName}`, (check: Check, text: string) =>
    check.as(resourceName, { [field]: text }),
  );

const check = (name: string) =>
  declare(
    `${name}.check(string): ${decisionName}`,
    ({ authorize, asked }: Check, verb: string) => new Decision(authorize({ ...asked, verb })),
  );

/** Kubernetes' authorizer library. */
export const authorizerLibrary: Library = {
  types: [authorizerName, pathName, groupName, resourceName, decisionName],
  functions: [
    declare(`${authorizerName}.path(string): ${pathName}`, (from: Check, path: string) =>
      from.as(pathName, { path: filled(path, 'path') }),
    ),
    declare(`${authorizerName}.group(string): ${groupName}`, (from: Check, group: string) =>
      from.as(groupName, { group }),
    ),
    declare(`${authorizerName}.serviceAccount(string, string): ${authorizerName}`, serviceAccount),
    declare(`${groupName}.resource(string): ${resourceName}`, (from: Check, resource: string) =>
      from.as(resourceName, { resource: filled(resource, 'resource') }),
    ),
    ...(['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const).map(narrowed),
    check(pathName),
    check(resourceName),
    declare(`${decisionName}.allowed(): bool`, ({ answer }: Decision) => answer.allowed),
    declare(`${decisionName}.reason(): string`, ({ answer }: Decision) => answer.reason),
    declare(`${decisionName}.errored(): bool`, ({ answer }: Decision) => answer.error !== undefined),
    declare(`${decisionName}.error(): string`, ({ answer }: Decision) => answer.error ?? ''),
  ],
};
