import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  maskTrailingDash,
} from '@nestor/formats';
import { hasFormat } from '@nestor/schema';
import { ValueList } from '../values/list';
import { OpaqueValue } from '../values/opaque';
import { Optional } from '../values/optional';
import { declare, Library } from './library';

type Check = (text: string) => readonly string[];

class FormatValue extends OpaqueValue {
  readonly typeName = 'kubernetes.NamedFormat';
  constructor(
    readonly name: string,
    readonly check: Check,
  ) {
    super();
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

const prefix =
  (check: Check): Check =>
  (text) =>
    check(maskTrailingDash(text));
const schemaFormat =
  (format: string, problem: string): Check =>
  (text) =>
    hasFormat(format, text) ? [] : [problem];

const uri: Check = (text) => (hasFormat('uri', text) ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`]);

const checks: Readonly<Record<string, Check>> = {
  dns1123Label: isDns1123Label,
  dns1123Subdomain: isDns1123Subdomain,
  dns1035Label: isDns1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: prefix(isDns1123Label),
  dns1123SubdomainPrefix: prefix(isDns1123Subdomain),
  dns1035LabelPrefix: prefix(isDns1035Label),
  labelValue: isLabelValue,
  uri,
  uuid: schemaFormat('uuid', 'does not match the UUID format'),
  byte: schemaFormat('byte', 'invalid base64'),
  date: schemaFormat('date', 'invalid date'),
  datetime: schemaFormat('datetime', 'invalid datetime'),
};

const formats = new Map(Object.entries(checks).map(([name, check]) => [name, new FormatValue(name, check)]));

function validate({ check }: FormatValue, text: string): Optional {
  const problems = check(text);
  return problems.length === 0 ? Optional.none : Optional.of(new ValueList(problems));
}

const type = 'kubernetes.NamedFormat';

/** Kubernetes' format library: named checks of strings. */
export const formatLibrary: Library = {
  types: [type],
  functions: [
    declare(`format.named(string): optional(${type})`, (name: string) => Optional.of(formats.get(name))),
    declare(`${type}.validate(string): optional(list(string))`, validate),
    ...[...formats].map(([name, format]) => declare(`format.${name}(): ${type}`, () => format)),
  ],
};
