import {
  admissionBindings,
  whenAnswered,
  compileConditions,
  kindOf,
  resourceOf,
  type AuthorizeExpression,
  type MatchConditionsCompiler,
} from '@nestor/admission';

/** Compiles the match conditions of webhooks. */
export const matchConditionsCompiler =
  (authorize: AuthorizeExpression): MatchConditionsCompiler =>
  (conditions) => {
    const match = compileConditions(conditions);
    return (request) => {
      const bindings = admissionBindings({
        request,
        matched: { kind: kindOf(request), resource: resourceOf(request) },
        authorize,
        ...(request.object ? { object: request.object } : {}),
        ...(request.old ? { old: request.old } : {}),
      });
      return whenAnswered(() => match(bindings));
    };
  };
