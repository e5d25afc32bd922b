import { ApiError, isForbidden } from '@nestor/api';
import type { Attributes } from '../../authorization/attributes';
import type { Authorizer } from '../../authorization/authorizer';
import { forbiddenError } from '../../authorization/forbidden-error';
import { allAuthenticated, allUnauthenticated, anonymous, serviceAccountGroupNames, type UserInfo } from '../../user';
import { identityNeeds, type Need } from './impersonation-checks';
import { type ImpersonationMode, impersonationModes } from './impersonation-modes';
import { nodeIn, serviceAccountIn } from './kinds-of-users';

export interface Impersonated {
  user: UserInfo;
  /** The right by which it was allowed, where that is to certain actions only. */
  constraint: string;
}

const maxRemembered = 10_000;

/**
 * Lets callers act as others where they may (filters/impersonation): by rights to certain actions as somebody, or by the
 * one right to do whatever he may. What was granted to a caller last is tried first, so most take one round.
 */
export class Impersonator {
  private readonly lastMode = new Map<string, ImpersonationMode>();

  constructor(private readonly authorizer: Authorizer) {}

  /** Throws the refusal of what was tried first where the caller may in no way. */
  async impersonate(wanted: UserInfo, request: Attributes): Promise<Impersonated> {
    let refusal: unknown;
    const last = this.lastMode.get(request.user.name);
    const modes = last ? [last, ...impersonationModes.filter((mode) => mode !== last)] : impersonationModes;
    for (const mode of modes) {
      if (!mode.applies(wanted, request.user)) continue;
      try {
        const user = await this.tryMode(mode, wanted, request);
        this.remember(request.user.name, mode);
        return { user, constraint: mode.name === '' ? '' : verbOf(mode) };
      } catch (error) {
        if (!(error instanceof ApiError) || !isForbidden(error)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  private async tryMode(mode: ImpersonationMode, wanted: UserInfo, request: Attributes): Promise<UserInfo> {
    const constrained = mode.name !== '';
    if (constrained) {
      await this.confirm(mode, { ...request, verb: `impersonate-on:${mode.name}:${request.verb}` });
    }
    const needs = identityNeeds({ caller: request.user, wanted, verb: verbOf(mode), constrained });
    for (const need of needs) await this.confirmAny(mode, need);
    return actualUser(wanted, constrained);
  }

  private async confirmAny(mode: ImpersonationMode, need: Need): Promise<void> {
    for (const [index, rights] of need.entries()) {
      try {
        for (const right of rights) await this.confirm(mode, right);
        return;
      } catch (error) {
        if (index === need.length - 1) throw error;
      }
    }
  }

  private async confirm(mode: ImpersonationMode, attributes: Attributes): Promise<void> {
    const asked = mode.asked?.(attributes) ?? attributes;
    const { decision, reason, error } = await this.authorizer.authorize(asked);
    if (decision === 'allow') return;
    throw forbiddenError(asked, [error?.message, reason].filter((text) => text).join(': '));
  }

  private remember(name: string, mode: ImpersonationMode): void {
    if (this.lastMode.get(name) === mode) return;
    this.lastMode.delete(name);
    if (this.lastMode.size >= maxRemembered) this.lastMode.delete(this.lastMode.keys().next().value as string);
    this.lastMode.set(name, mode);
  }
}

const verbOf = ({ name }: ImpersonationMode): string => (name === '' ? 'impersonate' : `impersonate:${name}`);

/** With the groups that follow from the name, and in that of those who did, or did not, log in. */
function actualUser(wanted: UserInfo, constrained: boolean): UserInfo {
  const groups = groupsOf(wanted, constrained);
  const own = wanted.name === anonymous.name ? allUnauthenticated : allAuthenticated;
  const isSaid = groups.includes(own) || (own === allAuthenticated && groups.includes(allUnauthenticated));
  return { ...wanted, groups: isSaid ? groups : [...groups, own] };
}

function groupsOf({ name, groups }: UserInfo, constrained: boolean): readonly string[] {
  if (groups.length > 0) return groups;
  const account = serviceAccountIn(name);
  if (account) return serviceAccountGroupNames(account.namespace);
  return constrained && nodeIn(name) !== undefined ? ['system:nodes'] : [];
}
