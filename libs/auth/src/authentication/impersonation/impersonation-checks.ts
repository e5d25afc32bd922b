import { fieldErrorMessage, validateDomainPrefixedPath } from '@nestor/api';
import type { Attributes } from '../../authorization/attributes';
import { forbiddenError } from '../../authorization/forbidden-error';
import { systemMasters, type UserInfo } from '../../user';
import { nodeIn, serviceAccountIn } from './kinds-of-users';

const authentication = 'authentication.k8s.io';
/** From so many on, one right to all of them is asked for first. */
const manyChecks = 4;

/** Rights of which any one list is enough; each list must be held whole. */
export type Need = readonly (readonly Attributes[])[];

export interface ChecksRequest {
  caller: UserInfo;
  wanted: UserInfo;
  verb: string;
  /** With the rules of constrained impersonation, which are stricter than those it grew out of. */
  constrained: boolean;
}

/** What a caller must be allowed to for each part of whom he wants to be. Throws where nobody may be that. */
export function identityNeeds(request: ChecksRequest): Need[] {
  const { wanted, constrained } = request;
  const { uid, groups, extra = {} } = wanted;
  const needs: Need[] = [[[userRight(request)]]];
  if (uid) needs.push([[right(request, authentication, { resource: 'uids', name: uid })]]);
  if (groups.length > 0) needs.push(groupNeed(request));
  if (Object.keys(extra).length > 0) {
    if (constrained) checkExtra(request, extra);
    needs.push(extraNeed(request, extra));
  }
  return needs;
}

function right(
  { caller, verb }: ChecksRequest,
  apiGroup: string,
  of: { resource: string; name: string; namespace?: string; subresource?: string },
): Attributes {
  return { user: caller, verb, apiGroup, apiVersion: 'v1', namespace: '', subresource: '', path: '', ...of };
}

const groupOf = ({ constrained }: ChecksRequest): string => (constrained ? authentication : '');

function userRight(request: ChecksRequest): Attributes {
  const { wanted, constrained } = request;
  const account = serviceAccountIn(wanted.name);
  if (account) return right(request, groupOf(request), { resource: 'serviceaccounts', ...account });
  const node = constrained ? nodeIn(wanted.name) : undefined;
  if (node !== undefined) return right(request, authentication, { resource: 'nodes', name: node });
  return right(request, groupOf(request), { resource: 'users', name: wanted.name });
}

function groupNeed(request: ChecksRequest): Need {
  const { groups } = request.wanted;
  const of = (name: string): Attributes => right(request, groupOf(request), { resource: 'groups', name });
  if (request.constrained) {
    if (groups.includes('')) throw forbiddenError(of(''), 'impersonating the empty string group is not allowed');
    if (groups.includes(systemMasters)) {
      throw forbiddenError(of(systemMasters), 'impersonating the system:masters group is not allowed');
    }
  }
  return withAll(request, groups.map(of), of('*'));
}

function extraNeed(request: ChecksRequest, extra: NonNullable<UserInfo['extra']>): Need {
  const of = (subresource: string, name: string): Attributes =>
    right(request, authentication, { resource: 'userextras', subresource, name });
  const each = Object.entries(extra).flatMap(([key, values]) => values.map((value) => of(key, value)));
  const isLarge = Object.keys(extra).length >= manyChecks || each.length >= manyChecks;
  return withAll(request, each, of('*', '*'), isLarge);
}

function withAll(
  { constrained }: ChecksRequest,
  each: readonly Attributes[],
  all: Attributes,
  isLarge = each.length >= manyChecks,
): Need {
  return constrained && isLarge ? [[all], each] : [each];
}

function checkExtra(request: ChecksRequest, extra: NonNullable<UserInfo['extra']>): void {
  const fault = Object.entries(extra)
    .map(([key, values]) => extraFault(key, values))
    .find((found) => found !== undefined);
  if (fault === undefined) return;
  throw forbiddenError(right(request, authentication, { resource: 'userextras', name: '' }), fault);
}

function extraFault(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  const errors = validateDomainPrefixedPath(key, 'extra.key').map(fieldErrorMessage);
  if (errors.length > 0) return `impersonating an invalid key in extra is not allowed: ${errors.join(', ')}`;
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  }
  return values.includes('') ? 'impersonating the empty string value in extra is not allowed' : undefined;
}
