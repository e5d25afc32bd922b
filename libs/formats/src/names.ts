/**
 * Name and value formats of k8s.io/apimachinery/pkg/util/validation. Every function returns the messages of what is
 * wrong, none when the value is fine; callers wrap them in field errors.
 */
import { isIPv4, isIPv6 } from 'node:net';

export type NameCheck = (value: string) => string[];

const dns1123LabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const dns1123SubdomainFormat = `${dns1123LabelFormat}(\\.${dns1123LabelFormat})*`;
const dns1035LabelFormat = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedNameFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedNameFormat})?`;
const configMapKeyFormat = '[-._a-zA-Z0-9]+';
const cIdentifierFormat = '[A-Za-z_][A-Za-z0-9_]*';
const httpHeaderNameFormat = '[-A-Za-z0-9]+';
const percentFormat = '[0-9]+%';

const whole = (format: string): RegExp => new RegExp(`^${format}$`);
const dns1123Label = whole(dns1123LabelFormat);
const dns1123Subdomain = whole(dns1123SubdomainFormat);
const dns1035Label = whole(dns1035LabelFormat);
const qualifiedName = whole(qualifiedNameFormat);
const labelValue = whole(labelValueFormat);
const configMapKey = whole(configMapKeyFormat);
const cIdentifier = whole(cIdentifierFormat);
const httpHeaderName = whole(httpHeaderNameFormat);
const percent = whole(percentFormat);

/** Worded as validation.RegexError, its double blank between examples included. */
function regexError(message: string, format: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (${shown ? `e.g. ${shown}` : ''}regex used for validation is '${format}')`;
}

export const maxLengthError = (length: number): string => `must be no more than ${length} bytes`;
export const emptyError = 'must be non-empty';
export const rangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

const tooLong = (value: string, max: number): string[] =>
  value.length > max || Buffer.byteLength(value) > max ? [maxLengthError(max)] : [];

export const isDns1123Label: NameCheck = (value) => [
  ...tooLong(value, 63),
  ...(dns1123Label.test(value)
    ? []
    : dns1123Subdomain.test(value)
      ? // A subdomain is a near miss that deserves the clearer message.
        ['must not contain dots']
      : [
          regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            dns1123LabelFormat,
            'my-name',
            '123-abc',
          ),
        ]),
];

export const isDns1123Subdomain: NameCheck = (value) => [
  ...tooLong(value, 253),
  ...(dns1123Subdomain.test(value)
    ? []
    : [
        regexError(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          dns1123SubdomainFormat,
          'example.com',
        ),
      ]),
];

export const isDns1035Label: NameCheck = (value) => [
  ...tooLong(value, 63),
  ...(dns1035Label.test(value)
    ? []
    : [
        regexError(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          dns1035LabelFormat,
          'my-name',
          'abc-123',
        ),
      ]),
];

const qualifiedNameMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** An optional DNS subdomain prefix and '/', then a name: label keys, annotation keys, finalizers, resource names. */
export const isQualifiedName: NameCheck = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${regexError(qualifiedNameMessage, qualifiedNameFormat, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const messages: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    const problems = prefix === '' ? [emptyError] : isDns1123Subdomain(prefix);
    messages.push(...problems.map((problem) => `prefix part ${problem}`));
  }
  const name = parts[parts.length - 1] ?? '';
  if (name === '') messages.push(`name part ${emptyError}`);
  else messages.push(...tooLong(name, 63).map((problem) => `name part ${problem}`));
  if (!qualifiedName.test(name)) {
    messages.push(`name part ${regexError(qualifiedNameMessage, qualifiedNameFormat, 'MyName', 'my.name', '123-abc')}`);
  }
  return messages;
};

export const isLabelValue: NameCheck = (value) => [
  ...tooLong(value, 63),
  ...(labelValue.test(value)
    ? []
    : [
        regexError(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          labelValueFormat,
          'MyValue',
          'my_value',
          '12345',
        ),
      ]),
];

export const isCIdentifier: NameCheck = (value) =>
  cIdentifier.test(value)
    ? []
    : [
        regexError(
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
          cIdentifierFormat,
          'my_name',
          'MY_NAME',
          'MyName',
        ),
      ];

/** Since 1.34 any printable ASCII but '='. */
export const isEnvVarName: NameCheck = (value) => [
  ...(value === '' ? [`environment variable name ${emptyError}`] : []),
  ...(/^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]),
];

export const isConfigMapKey: NameCheck = (value) => [
  ...tooLong(value, 253),
  ...(configMapKey.test(value)
    ? []
    : [
        regexError(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          configMapKeyFormat,
          'key.name',
          'KEY_NAME',
          'key-name',
        ),
      ]),
  ...(value === '.'
    ? ["must not be '.'"]
    : value === '..'
      ? ["must not be '..'"]
      : value.startsWith('..')
        ? ["must not start with '..'"]
        : []),
];

export const isHttpHeaderName: NameCheck = (value) =>
  httpHeaderName.test(value)
    ? []
    : [
        regexError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          httpHeaderNameFormat,
          'X-Header-Name',
        ),
      ];

export const isPercent: NameCheck = (value) =>
  percent.test(value)
    ? []
    : [
        regexError(
          "a valid percent string must be a numeric string followed by an ending '%'",
          percentFormat,
          '1%',
          '93%',
        ),
      ];

/** IANA_SVC_NAME, as container and service ports are named. */
export const isPortName: NameCheck = (value) => {
  const messages = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) {
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)');
  if (value.includes('--')) messages.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
};

export const isPortNumber = (port: number): string[] =>
  Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [rangeError(1, 65535)];

export const isUserId = (id: number): string[] => (id >= 0 && id <= 2147483647 ? [] : [rangeError(0, 2147483647)]);

export const isIp: NameCheck = (value) =>
  isIPv4(value) || (isIPv6(value) && !value.includes('%'))
    ? []
    : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];

export const isCidr: NameCheck = (value) => {
  const [address = '', length = '', ...rest] = value.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return rest.length === 0 && /^(0|[1-9][0-9]*)$/.test(length) && Number(length) <= bits
    ? []
    : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
};

/** path.validateName of REST storage: what may stand in a URL path segment. */
export const isPathSegmentName: NameCheck = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
};

/** A generateName is a prefix: a trailing dash is masked with what could follow it. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}
