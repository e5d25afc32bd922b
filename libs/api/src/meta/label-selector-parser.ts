import { badRequest } from '../errors/api-error';
import { field, fieldErrorMessage } from '../errors/field-error';
import { isLabelValue, isQualifiedName } from './names';

export type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, unique. */
  readonly values: readonly string[];
}

type Token = 'identifier' | 'end' | 'error' | ')' | ',' | '!' | '==' | '=' | '>' | 'in' | '<' | '!=' | 'notin' | '(';
interface Scanned {
  token: Token;
  literal: string;
}

const symbols = new Set<string>([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const isSymbol = (character: string): boolean => '=!(),><'.includes(character);
const isSpace = (character: string): boolean => ' \t\r\n'.includes(character);

function scan(text: string): Scanned[] {
  const scanned: Scanned[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (isSpace(character)) {
      position++;
    } else if (isSymbol(character)) {
      // Longest match: "==" and "!=" before "=" and "!".
      const two = text.slice(position, position + 2);
      const symbol = symbols.has(two) ? two : character;
      scanned.push({ token: symbol as Token, literal: symbol });
      position += symbol.length;
    } else {
      let end = position;
      while (end < text.length && !isSymbol(text.charAt(end)) && !isSpace(text.charAt(end))) end++;
      const literal = text.slice(position, end);
      scanned.push({ token: literal === 'in' || literal === 'notin' ? literal : 'identifier', literal });
      position = end;
    }
  }
  return scanned;
}

const operators = 'in, notin, =, ==, !=, gt, lt';
const operatorOf: Partial<Record<Token, SelectorOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/** k8s.io/apimachinery/pkg/labels Parser, its wording kept: clients show these texts to people. */
class Parser {
  private position = 0;
  constructor(private readonly scanned: readonly Scanned[]) {}

  /** Where an operator cannot stand, `in` and `notin` are names like any other. */
  private peek(): Scanned {
    const next = this.scanned[this.position] ?? { token: 'end', literal: '' };
    return next.token === 'in' || next.token === 'notin' ? { token: 'identifier', literal: next.literal } : next;
  }
  private consume(): Scanned {
    const next = this.peek();
    this.position++;
    return next;
  }
  private consumeOperator(): Scanned {
    return this.scanned[this.position++] ?? { token: 'end', literal: '' };
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { token, literal } = this.peek();
      if (token === 'end') return requirements;
      if (token !== 'identifier' && token !== '!') {
        throw new SyntaxError(`found '${literal}', expected: !, identifier, or 'end of string'`);
      }
      try {
        requirements.push(this.requirement());
      } catch (error) {
        throw new SyntaxError(`unable to parse requirement: ${(error as Error).message}`, { cause: error });
      }
      const after = this.consume();
      if (after.token === 'end') return requirements;
      if (after.token !== ',') throw new SyntaxError(`found '${after.literal}', expected: ',' or 'end of string'`);
      const next = this.peek();
      if (next.token !== 'identifier' && next.token !== '!') {
        throw new SyntaxError(`found '${next.literal}', expected: identifier after ','`);
      }
    }
  }

  private requirement(): Requirement {
    let first = this.consume();
    const negated = first.token === '!';
    if (negated) first = this.consume();
    if (first.token !== 'identifier') throw new SyntaxError(`found '${first.literal}', expected: identifier`);
    const key = first.literal;
    checkKey(key, '<nil>');
    if (negated) return newRequirement(key, '!', []);
    const next = this.peek();
    if (next.token === 'end' || next.token === ',') return newRequirement(key, 'exists', []);
    const found = this.consumeOperator();
    const operator = operatorOf[found.token];
    if (!operator) throw new SyntaxError(`found '${found.literal}', expected: ${operators}`);
    return newRequirement(key, operator, operator === 'in' || operator === 'notin' ? this.values() : this.exactValue());
  }

  private values(): string[] {
    const open = this.consume();
    if (open.token !== '(') throw new SyntaxError(`found '${open.literal}' expected: '('`);
    const next = this.peek();
    if (next.token === ')') {
      this.consume();
      return [];
    }
    if (next.token !== 'identifier' && next.token !== ',') {
      throw new SyntaxError(`found '${next.literal}', expected: ',', ')' or identifier`);
    }
    const values = this.identifiers();
    if (this.consume().token !== ')') throw new SyntaxError(`found '${next.literal}', expected: ')'`);
    return values;
  }

  private identifiers(): string[] {
    const values: string[] = [];
    for (;;) {
      const { token, literal } = this.consume();
      if (token === 'identifier') {
        values.push(literal);
        const next = this.peek();
        if (next.token === ')') return values;
        if (next.token !== ',') throw new SyntaxError(`found '${next.literal}', expected: ',' or ')'`);
      } else if (token === ',') {
        // "(,", ",," and ",)" each stand for an empty value.
        if (values.length === 0) values.push('');
        const next = this.peek();
        if (next.token === ')') return [...values, ''];
        if (next.token === ',') {
          this.consume();
          values.push('');
        }
      } else {
        throw new SyntaxError(`found '${literal}', expected: ',', or identifier`);
      }
    }
  }

  private exactValue(): string[] {
    const next = this.peek();
    if (next.token === 'end' || next.token === ',') return [''];
    const { token, literal } = this.consume();
    if (token === 'identifier') return [literal];
    throw new SyntaxError(`found '${literal}', expected: identifier`);
  }
}

function checkKey(key: string, path: string): void {
  const problems = isQualifiedName(key);
  if (problems.length) throw new SyntaxError(fieldErrorMessage(field.invalid(path, key, problems.join('; '))));
}

/** labels.NewRequirement: throws with every problem when the combination makes no sense. */
export function newRequirement(key: string, operator: SelectorOperator, given: readonly string[]): Requirement {
  const values = [...new Set(given)].sort();
  const problems: string[] = [];
  const complain = (path: string, bad: unknown, detail: string): void => {
    problems.push(fieldErrorMessage(field.invalid(path, bad, detail)));
  };
  const keyProblems = isQualifiedName(key);
  if (keyProblems.length) complain('key', key, keyProblems.join('; '));
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    complain('values', values, "for 'in', 'notin' operators, values set can't be empty");
  } else if ((operator === '=' || operator === '==' || operator === '!=') && values.length !== 1) {
    complain('values', values, 'exact-match compatibility requires one single value');
  } else if (operator === 'gt' || operator === 'lt') {
    if (values.length !== 1) complain('values', values, "for 'Gt', 'Lt' operators, exactly one value is required");
    values.forEach((value, index) => {
      if (!/^[+-]?[0-9]+$/.test(value)) {
        complain(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer");
      }
    });
  }
  values.forEach((value, index) => {
    const bad = isLabelValue(value);
    if (bad.length) complain(`values[${index}][${key}]`, value, bad.join('; '));
  });
  if (problems.length) throw new SyntaxError(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  return { key, operator, values };
}

/** Requirements of the string form, sorted by key; a 400 with Kubernetes' text when it cannot be read. */
export function parseRequirements(text: string): Requirement[] {
  try {
    return new Parser(scan(text)).parse().sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  } catch (error) {
    throw badRequest((error as Error).message, error);
  }
}
