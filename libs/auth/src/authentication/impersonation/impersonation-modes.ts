import type { Attributes } from '../../authorization/attributes';
import type { UserInfo } from '../../user';
import { nodeIn, serviceAccountIn } from './kinds-of-users';

const nodeNameKey = 'authentication.kubernetes.io/node-name';

/** One kind of right to act as others. */
export interface ImpersonationMode {
  /** Of its verbs: impersonate:NAME and impersonate-on:NAME:VERB; '' for plain impersonate. */
  readonly name: string;
  /** Whether it is about this user and this caller at all. */
  applies(wanted: UserInfo, caller: UserInfo): boolean;
  /** What the authorizers are asked instead. */
  asked?(attributes: Attributes): Attributes;
}

const hasNameOnly = ({ uid, groups, extra }: UserInfo): boolean =>
  !uid && groups.length === 0 && Object.keys(extra ?? {}).length === 0;

function nodeOfCaller({ name, extra }: UserInfo): string | undefined {
  const values = extra?.[nodeNameKey];
  return serviceAccountIn(name) && values?.length === 1 ? values[0] : undefined;
}

/** In the order they are tried: the narrow ones first, and last the one that lets do everything. */
export const impersonationModes: readonly ImpersonationMode[] = [
  {
    name: 'associated-node',
    applies: (wanted, caller) => {
      const node = nodeIn(wanted.name);
      return hasNameOnly(wanted) && node !== undefined && nodeOfCaller(caller) === node;
    },
    // It is the same right on every node, so what would tell nodes apart is left out.
    asked: (attributes) => ({
      ...attributes,
      name: attributes.verb === 'impersonate:associated-node' ? '*' : attributes.name,
      user: {
        ...attributes.user,
        extra: { 'authentication.kubernetes.io/associated-node-keys': Object.keys(attributes.user.extra ?? {}).sort() },
      },
    }),
  },
  { name: 'arbitrary-node', applies: (wanted) => hasNameOnly(wanted) && nodeIn(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => hasNameOnly(wanted) && serviceAccountIn(wanted.name) !== undefined },
  {
    name: 'user-info',
    applies: ({ name }) => nodeIn(name) === undefined && serviceAccountIn(name) === undefined,
  },
  { name: '', applies: () => true },
];
