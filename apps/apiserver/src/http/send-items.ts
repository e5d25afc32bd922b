import { inTurns } from '@nestor/watch';
import type { Exchange } from './exchange';
import type { Accepted } from './media-type';
import { asJson, sendRaw, wantsPretty } from './respond';
import { yaml } from './yaml';

/** An answer that is mostly a list of things. */
export interface ItemsForm<T> {
  /** The fields before the list. */
  head: Readonly<Record<string, unknown>>;
  /** The name of the list. */
  field: string;
  /** One of them as JSON. */
  item: (one: T) => Buffer;
}

interface Syntax {
  contentType: string;
  open: string;
  item: (json: Buffer) => Buffer;
  between: string;
  close: string;
  /** What stands for a list of nothing. */
  empty: string;
}

/** Makes the items in turns, so that ten thousand of them keep nobody else waiting, and sends them. */
export async function sendItems<T>(
  exchange: Exchange,
  items: readonly T[],
  form: ItemsForm<T>,
  accepted: Accepted = asJson,
): Promise<void> {
  const syntax = syntaxOf(exchange, form, accepted);
  if (items.length === 0) {
    sendRaw(exchange, 200, syntax.contentType, Buffer.from(syntax.empty));
    return;
  }
  const between = Buffer.from(syntax.between);
  const parts: Buffer[] = [Buffer.from(syntax.open)];
  await inTurns(made());
  sendRaw(exchange, 200, syntax.contentType, parts);

  function* made(): Generator<void> {
    for (const [index, one] of items.entries()) {
      // Nobody waits for the rest.
      if (exchange.response.destroyed) return;
      if (index > 0) parts.push(between);
      parts.push(syntax.item(form.item(one)));
      yield;
    }
    parts.push(Buffer.from(syntax.close));
  }
}

function syntaxOf<T>(exchange: Exchange, { head, field }: ItemsForm<T>, { format }: Accepted): Syntax {
  if (format === 'yaml') return yamlSyntax(head, field);
  if (wantsPretty(exchange)) return prettySyntax(head, field);
  const open = `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(field)}:[`;
  return {
    contentType: 'application/json',
    open,
    item: (bytes) => bytes,
    between: ',',
    close: ']}',
    empty: `${open}]}`,
  };
}

const parse = (json: Buffer): unknown => JSON.parse(json.toString('utf8'));
const indented = (text: string): string => text.replace(/\n/g, '\n    ');

function prettySyntax(head: ItemsForm<unknown>['head'], field: string): Syntax {
  const before = `${JSON.stringify(head, null, 2).slice(0, -2)},\n  ${JSON.stringify(field)}: `;
  return {
    contentType: 'application/json',
    open: `${before}[\n    `,
    // No string of JSON holds a line break of its own.
    item: (json) => Buffer.from(indented(JSON.stringify(parse(json), null, 2))),
    between: ',\n    ',
    close: '\n  ]\n}\n',
    empty: `${before}[]\n}\n`,
  };
}

function yamlSyntax(head: ItemsForm<unknown>['head'], field: string): Syntax {
  const text = (value: unknown): string => yaml().stringify(value, { aliasDuplicateObjects: false });
  return {
    contentType: 'application/yaml',
    open: `${text(head)}${field}:\n  - `,
    // Text in blocks is indented with what it belongs to.
    item: (json) => Buffer.from(indented(text(parse(json)).trimEnd())),
    between: '\n  - ',
    close: '\n',
    empty: `${text(head)}${field}: []\n`,
  };
}
