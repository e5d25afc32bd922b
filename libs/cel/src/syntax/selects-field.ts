import type { Expr } from './ast';
import { parse } from './parser';

/** Whether an expression reads this field of this variable anywhere, in whatever form: a.b, a.?b or has(a.b). */
export function selectsField(expression: string, variable: string, field: string): boolean {
  const isIt = (node: Expr): boolean =>
    node.kind === 'select' && node.field === field && node.operand.kind === 'ident' && node.operand.name === variable;
  const search = (node: Expr): boolean => isIt(node) || partsOf(node).some(search);
  return search(parse(expression));
}

function partsOf(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [node.operand];
    case 'call':
      return node.target ? [node.target, ...node.args] : node.args;
    case 'list':
      return node.elements.map(({ value }) => value);
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return node.fields.map(({ value }) => value);
    case 'comprehension':
      return [node.range, ...(node.filter ? [node.filter] : []), node.body];
    case 'optionalMap':
      return [node.target, node.body];
    case 'binding':
      return [node.value, node.body];
  }
}
