import type { Expr, ListLiteral, MapLiteral, StructLiteral } from './ast';
import { CelSyntaxError } from './issue';
import { Token, tokenize } from './lexer';
import { bytesLiteral, doubleLiteral, integerLiteral, stringLiteral, uintLiteral } from './literals';
import { expandBinding, expandHas, expandReceiver } from './macros';

const MAX_DEPTH = 250;
const MAX_SIZE = 100_000;

const primaries =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

interface Operator {
  readonly power: number;
  readonly function: string;
  readonly logical?: true;
}

/** Binding powers, the strongest last. Comparisons do not chain into each other differently: all bind to the left. */
const binary: Readonly<Record<string, Operator>> = {
  '||': { power: 1, function: '_||_', logical: true },
  '&&': { power: 2, function: '_&&_', logical: true },
  '<': { power: 3, function: '_<_' },
  '<=': { power: 3, function: '_<=_' },
  '>': { power: 3, function: '_>_' },
  '>=': { power: 3, function: '_>=_' },
  '==': { power: 3, function: '_==_' },
  '!=': { power: 3, function: '_!=_' },
  in: { power: 3, function: '@in' },
  '+': { power: 4, function: '_+_' },
  '-': { power: 4, function: '_-_' },
  '*': { power: 5, function: '_*_' },
  '/': { power: 5, function: '_/_' },
  '%': { power: 5, function: '_%_' },
};

const reserved: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'false',
  'for',
  'function',
  'if',
  'import',
  'in',
  'let',
  'loop',
  'package',
  'namespace',
  'null',
  'return',
  'true',
  'var',
  'void',
  'while',
]);

/** Reads one expression, macros written out, cel.bind where it is wanted; throws CelSyntaxError. */
export function parse(source: string, { bindings = false }: { bindings?: boolean } = {}): Expr {
  const size = source.length > MAX_SIZE ? [...source].length : source.length;
  if (size > MAX_SIZE) {
    throw new CelSyntaxError(0, `expression code point size exceeds limit: size: ${size}, limit ${MAX_SIZE}`);
  }
  return new Parser(tokenize(source), bindings).whole();
}

class Parser {
  private at = 0;
  private depth = 0;
  constructor(
    private readonly tokens: readonly Token[],
    private readonly bindings: boolean,
  ) {}

  whole(): Expr {
    const expr = this.expression();
    const rest = this.peek();
    if (rest.kind === 'eof') return expr;
    const wrong = rest.kind === 'operator' ? 'extraneous' : 'mismatched';
    throw new CelSyntaxError(rest.pos, `Syntax error: ${wrong} input '${rest.text}' expecting <EOF>`);
  }

  /** Everything, the ternary included; counted so that deep nesting cannot exhaust the stack. */
  private expression(): Expr {
    return this.nested(() => {
      const condition = this.operators(1);
      const question = this.peek();
      if (!this.accept('?')) return condition;
      const then = this.operators(1);
      this.expect(':');
      const otherwise = this.expression();
      return { kind: 'call', function: '_?_:_', args: [condition, then, otherwise], pos: question.pos };
    });
  }

  private nested(read: () => Expr): Expr {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw tooDeep(this.peek());
    const expr = read();
    this.depth -= 1;
    return expr;
  }

  private operators(power: number): Expr {
    let left = this.unary();
    for (let links = 1; ; links += 1) {
      const token = this.peek();
      const found = operatorOf(token);
      if (!found || found.power < power) return left;
      if (links > MAX_DEPTH) throw tooDeep(token);
      if (found.logical) {
        left = this.logical(left, found);
        continue;
      }
      this.at += 1;
      const right = this.operators(found.power + 1);
      left = { kind: 'call', function: found.function, args: [left, right], pos: token.pos };
    }
  }

  /** Chains of && or || may be long: they become a balanced tree, not a deep one. */
  private logical(first: Expr, operator: Operator): Expr {
    const terms = [first];
    const places: number[] = [];
    while (operatorOf(this.peek()) === operator) {
      places.push(this.peek().pos);
      this.at += 1;
      terms.push(this.operators(operator.power + 1));
    }
    return balanced(operator.function, terms, places);
  }

  private unary(): Expr {
    const token = this.peek();
    if (token.kind !== 'operator' || (token.text !== '!' && token.text !== '-')) return this.member();
    this.at += 1;
    const next = this.peek();
    if (token.text === '-' && (next.kind === 'int' || next.kind === 'double')) return this.member(true);
    return this.nested(() => {
      const operand = this.unary();
      return { kind: 'call', function: token.text === '!' ? '!_' : '-_', args: [operand], pos: token.pos };
    });
  }

  private member(negative = false): Expr {
    let expr = this.primary(negative);
    for (let links = 1; ; links += 1) {
      const token = this.peek();
      if (links > MAX_DEPTH) throw tooDeep(token);
      if (this.accept('.')) expr = this.selection(expr, token);
      else if (this.accept('[')) expr = this.index(expr, token);
      else if (this.peek().text === '{' && this.peek().kind === 'operator' && structName(expr) !== undefined) {
        expr = this.struct(structName(expr) ?? '');
      } else return expr;
    }
  }

  private selection(operand: Expr, dot: Token): Expr {
    const optional = this.accept('?');
    const field = this.identifier();
    const open = this.peek();
    if (!optional && this.accept('(')) {
      const args = this.list(')');
      return (
        expandReceiver(field, operand, args, open.pos) ??
        (this.bindings ? expandBinding(field, operand, args, open.pos) : undefined) ?? {
          kind: 'call',
          function: field,
          target: operand,
          args,
          pos: open.pos,
        }
      );
    }
    return { kind: 'select', operand, field, form: optional ? 'optional' : 'value', pos: dot.pos };
  }

  private index(operand: Expr, open: Token): Expr {
    const optional = this.accept('?');
    const key = this.expression();
    this.expect(']');
    return { kind: 'call', function: optional ? '_[?_]' : '_[_]', args: [operand, key], pos: open.pos };
  }

  private primary(negative: boolean): Expr {
    const token = this.peek();
    this.at += 1;
    switch (token.kind) {
      case 'int':
        return { kind: 'literal', value: integerLiteral(token, negative), pos: token.pos };
      case 'uint':
        return { kind: 'literal', value: uintLiteral(token), pos: token.pos };
      case 'double':
        return { kind: 'literal', value: doubleLiteral(token, negative), pos: token.pos };
      case 'string':
        return { kind: 'literal', value: stringLiteral(token), pos: token.pos };
      case 'bytes':
        return { kind: 'literal', value: bytesLiteral(token), pos: token.pos };
      case 'ident':
        return this.named(token);
      case 'operator':
      case 'eof':
        return this.bracketed(token);
    }
  }

  private bracketed(token: Token): Expr {
    if (token.text === '(' && token.kind === 'operator') {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (token.text === '[') return this.listLiteral(token);
    if (token.text === '{') return this.mapLiteral(token);
    // A leading dot names something at the root, where everything is.
    if (token.text === '.' && this.peek().kind === 'ident') {
      this.at += 1;
      return this.named(this.tokens[this.at - 1] ?? token);
    }
    throw new CelSyntaxError(token.pos, `Syntax error: mismatched input '${token.text}' expecting ${primaries}`);
  }

  private named(token: Token): Expr {
    if (token.text === 'true' || token.text === 'false') {
      return { kind: 'literal', value: token.text === 'true', pos: token.pos };
    }
    if (token.text === 'null') return { kind: 'literal', value: null, pos: token.pos };
    if (token.text === 'in') {
      throw new CelSyntaxError(token.pos, `Syntax error: mismatched input 'in' expecting ${primaries}`);
    }
    if (reserved.has(token.text)) throw new CelSyntaxError(token.pos, `reserved identifier: ${token.text}`);
    const open = this.peek();
    if (!this.accept('(')) return { kind: 'ident', name: token.text, pos: token.pos };
    const args = this.list(')');
    if (token.text === 'has' && args.length === 1) return expandHas(args, open.pos);
    return { kind: 'call', function: token.text, args, pos: open.pos };
  }

  private list(close: string): Expr[] {
    const items: Expr[] = [];
    if (this.accept(close)) return items;
    do items.push(this.expression());
    while (this.accept(','));
    this.expect(close);
    return items;
  }

  private listLiteral(open: Token): ListLiteral {
    const elements: { value: Expr; optional: boolean }[] = [];
    while (!this.accept(']')) {
      const optional = this.accept('?');
      elements.push({ value: this.expression(), optional });
      if (!this.accept(',')) {
        this.expect(']');
        break;
      }
    }
    return { kind: 'list', elements, pos: open.pos };
  }

  private mapLiteral(open: Token): MapLiteral {
    const entries: { key: Expr; value: Expr; optional: boolean }[] = [];
    while (!this.accept('}')) {
      const optional = this.accept('?');
      const key = this.expression();
      this.expect(':');
      entries.push({ key, value: this.expression(), optional });
      if (!this.accept(',')) {
        this.expect('}');
        break;
      }
    }
    return { kind: 'map', entries, pos: open.pos };
  }

  private struct(name: string): StructLiteral {
    const { pos } = this.peek();
    this.expect('{');
    const fields: { name: string; value: Expr; optional: boolean; pos: number }[] = [];
    while (!this.accept('}')) {
      const optional = this.accept('?');
      const field = this.identifier();
      const colon = this.peek();
      this.expect(':');
      fields.push({ name: field, value: this.expression(), optional, pos: colon.pos });
      if (!this.accept(',')) {
        this.expect('}');
        break;
      }
    }
    return { kind: 'struct', name, fields, pos };
  }

  private identifier(): string {
    const token = this.peek();
    if (token.kind !== 'ident' || ['in', 'true', 'false', 'null'].includes(token.text)) {
      throw new CelSyntaxError(token.pos, `Syntax error: no viable alternative at input '.${token.text}'`);
    }
    this.at += 1;
    return token.text;
  }

  private peek(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }

  private accept(text: string): boolean {
    const token = this.peek();
    if (token.kind !== 'operator' || token.text !== text) return false;
    this.at += 1;
    return true;
  }

  private expect(text: string): void {
    if (this.accept(text)) return;
    const token = this.peek();
    if (token.kind === 'eof') throw new CelSyntaxError(token.pos, `Syntax error: missing '${text}' at '<EOF>'`);
    throw new CelSyntaxError(token.pos, `Syntax error: mismatched input '${token.text}' expecting '${text}'`);
  }
}

function operatorOf({ kind, text }: Token): Operator | undefined {
  if (kind !== 'operator' && text !== 'in') return undefined;
  return Object.hasOwn(binary, text) ? binary[text] : undefined;
}

const tooDeep = ({ pos }: Token): CelSyntaxError =>
  new CelSyntaxError(pos, `expression recursion limit exceeded: ${MAX_DEPTH}`);

/** The operator at place n stands between terms n and n + 1. */
function balanced(name: string, terms: readonly Expr[], places: readonly number[]): Expr {
  if (terms.length === 1) return terms[0] as Expr;
  const middle = Math.floor(places.length / 2);
  const left = balanced(name, terms.slice(0, middle + 1), places.slice(0, middle));
  const right = balanced(name, terms.slice(middle + 1), places.slice(middle + 1));
  return { kind: 'call', function: name, args: [left, right], pos: places[middle] ?? 0 };
}

/** a.b.C before a brace is the name of a type to be made. */
function structName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.form !== 'value') return undefined;
  const operand = structName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}
