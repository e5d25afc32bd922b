import { badRequest } from '../errors/api-error';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldMatcher {
  readonly requirements: readonly FieldRequirement[];
  readonly matchesEverything: boolean;
  matches(fields: Readonly<Record<string, string>>): boolean;
  /** The value a field must have, when the selector pins it: metadata.name turns a list into a get. */
  exact(name: string): string | undefined;
  toString(): string;
}

/** Cuts at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\') index++;
    else if (character === ',') {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function unescape(value: string): string {
  let plain = '';
  for (let index = 0; index < value.length; index++) {
    const character = value.charAt(index);
    if (character === '\\') {
      const next = value.charAt(++index);
      if (next === '' || !'\\,='.includes(next)) {
        throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      }
      plain += next;
    } else if (character === ',' || character === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else {
      plain += character;
    }
  }
  return plain;
}

const escape = (value: string): string => value.replace(/[\\,=]/g, (character) => `\\${character}`);

function parseTerm(term: string, whole: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, name = '', operator, value = ''] = match;
  return { field: name, operator: operator === '!=' ? '!=' : '=', value: unescape(value) };
}

export function fieldMatcher(requirements: readonly FieldRequirement[]): FieldMatcher {
  return {
    requirements,
    matchesEverything: requirements.length === 0,
    matches: (fields) =>
      requirements.every(({ field, operator, value }) => ((fields[field] ?? '') === value) === (operator === '=')),
    exact: (name) => requirements.find((one) => one.field === name && one.operator === '=')?.value,
    toString: () => requirements.map((one) => `${one.field}${one.operator}${escape(one.value)}`).join(','),
  };
}

/** fields.ParseSelector. Throws a 400 ApiError. */
export function parseFieldSelector(text: string | undefined): FieldMatcher {
  const terms = splitTerms(text ?? '').filter((term) => term !== '');
  return fieldMatcher(terms.map((term) => parseTerm(term, text ?? '')));
}

/**
 * Refuses fields a kind cannot be selected by: 400, worded as the kind's label conversion function does.
 * Kinds with nothing but the two metadata fields are worded differently upstream.
 */
export function checkFieldNames(matcher: FieldMatcher, selectable: readonly string[] | undefined): void {
  for (const { field } of matcher.requirements) {
    if (field === 'metadata.name' || field === 'metadata.namespace' || selectable?.includes(field)) continue;
    throw badRequest(
      selectable === undefined
        ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
        : `field label not supported: ${field}`,
    );
  }
}
