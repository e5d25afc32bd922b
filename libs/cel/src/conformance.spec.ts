import { compile, DYN, INT, listOf, mapOf, objectType, STRING, toJson } from './index';

const env = {
  variables: {
    x: DYN,
    n: INT,
    s: STRING,
    ints: listOf(INT),
    counts: mapOf(STRING, INT),
    self: objectType('self', { name: STRING, count: INT, tags: listOf(STRING), free: DYN }),
  },
};
const bindings = {
  x: { a: [1, 2.5, 'three', null, true], b: { c: 'd' } },
  n: 7,
  s: 'héllo wörld',
  ints: [3, 1, 2],
  counts: { one: 1, two: 2 },
  self: { name: 'me', count: 3, tags: ['a', 'b'] },
};

function run(expression: string): unknown {
  const { program, message } = compile(expression, env) as any;
  if (!program) return `compile: ${message}`;
  const { value, error } = program.evaluate(bindings);
  return error ? `error: ${error.message}` : toJson(value);
}

const isTrue = [
  // arithmetic
  '1 + 2 * 3 == 7',
  '-7 / 2 == -3',
  '-7 % 2 == -1',
  '7u / 2u == 3u',
  '0x1F == 31',
  '1.5e2 == 150.0',
  '.5 + 0.5 == 1.0',
  '9223372036854775807 > 9223372036854775806',
  '-9223372036854775808 < 0',
  '18446744073709551615u > 0u',
  '1.0 / 0.0 > 1e300',
  '--1 == 1',
  '!!true',
  // numbers of different types
  '1 < 2.5',
  '2u > 1',
  'dyn(1) == 1.0',
  'dyn(1u) == 1',
  '9007199254740993 > 9007199254740992.0',
  '1 in [dyn(1.0)]',
  // strings
  '"a" + \'b\' == "ab"',
  '"\\u00e9\\x41\\101" == "éAA"',
  'r"\\n" == "\\\\n"',
  '"""a"b\n""" == "a\\"b\\n"',
  "b'abc' == bytes('abc')",
  "size(b'é') == 2",
  'size("é😀") == 2',
  '"abc" < "abd"',
  '"😀" > "\uffee"',
  '"abc".contains("bc") && "abc".startsWith("a") && "abc".endsWith("c")',
  '"abc".matches("^[a-c]+$")',
  'matches("abc", "b")',
  // lists and maps
  '[1, 2] + [3] == [1, 2, 3]',
  '2 in [1, 2]',
  '"a" in {"a": 1}',
  '{"a": 1}.a == 1',
  '{"a": 1}["a"] == 1',
  '{1: "x", 2: "y"}[dyn(2u)] == "y"',
  '[1, 2][1] == 2',
  'size([]) == 0 && {}.size() == 0',
  '{"a": [1], "b": [2]} == {"b": [2], "a": [1]}',
  // logic past errors
  'true || 1 / 0 == 1',
  '1 / 0 == 1 || true',
  '!(1 / 0 == 1 && false)',
  'true ? true : 1 / 0 == 1',
  '[0, 1].exists(i, 1 / i == 1)',
  '![0, 1].all(i, 1 / i == 2)',
  // macros
  '[1, 2, 3].all(i, i > 0)',
  '[1, 2, 3].exists(i, i == 2)',
  '[1, 2, 3].exists_one(i, i == 2)',
  '![2, 2].exists_one(i, i == 2)',
  '[1, 2, 3].map(i, i * 2) == [2, 4, 6]',
  '[1, 2, 3].map(i, i > 1, i * 2) == [4, 6]',
  '[1, 2, 3].filter(i, i > 1) == [2, 3]',
  '{"a": 1}.all(k, k == "a")',
  '{"a": 1, "b": 2}.map(k, k) == ["a", "b"]',
  '[[1], [2]].all(l, l.exists(i, i > 0))',
  '[1].map(i, [2].map(i, i)) == [[2]]',
  // two variables
  '[5, 6].all(i, v, v == i + 5)',
  '{"a": 1}.exists(k, v, k == "a" && v == 1)',
  '[1, 2].existsOne(i, v, v == 2)',
  '{"a": 1, "b": 1}.exists_one(k, v, k == "a" && v == 1)',
  '[1, 2].transformList(i, v, v * i) == [0, 2]',
  '[1, 2].transformList(i, v, i > 0, v) == [2]',
  '{"a": 1}.transformMap(k, v, v + 1) == {"a": 2}',
  '{"a": "b"}.transformMapEntry(k, v, {v: k}) == {"b": "a"}',
  // has, select
  'has(self.name) && !has(self.free)',
  'has({"a": 1}.a) && !has({"a": 1}.b)',
  'has(x.b.c) && !has(x.b.d)',
  // types
  'type(1) == int && type(1u) == uint && type(1.0) == double && type("") == string',
  'type([]) == list && type({}) == map && type(null) == null_type && type(true) == bool',
  'type(type(1)) == type',
  'type(duration("1s")) == google.protobuf.Duration',
  // conversions
  'int("42") == 42 && int(4.9) == 4 && int(-4.9) == -4 && int(7u) == 7',
  'uint(7) == 7u && double(2) == 2.0 && double("1.5") == 1.5',
  'string(1) == "1" && string(1.5) == "1.5" && string(true) == "true" && string(1e6) == "1e+06"',
  'bool("true") && !bool("0")',
  'string(b"abc") == "abc"',
  'string(timestamp("2020-01-02T03:04:05.6Z")) == "2020-01-02T03:04:05.6Z"',
  'string(duration("90m")) == "5400s"',
  'int(timestamp("1970-01-01T00:01:00Z")) == 60',
  'timestamp(60) == timestamp("1970-01-01T00:01:00Z")',
  // time
  'duration("1h") > duration("59m")',
  'duration("1h30m").getMinutes() == 90 && duration("1.5s").getMilliseconds() == 500',
  'timestamp("2020-01-01T00:00:00Z") + duration("24h") == timestamp("2020-01-02T00:00:00Z")',
  'timestamp("2020-01-02T00:00:00Z") - timestamp("2020-01-01T00:00:00Z") == duration("24h")',
  'timestamp("2020-02-29T10:11:12.345Z").getDate() == 29',
  'timestamp("2020-02-29T10:11:12.345Z").getMonth() == 1',
  'timestamp("2020-02-29T10:11:12.345Z").getDayOfYear() == 59',
  'timestamp("2020-02-29T10:11:12.345Z").getDayOfWeek() == 6',
  'timestamp("2020-02-29T10:11:12.345Z").getMilliseconds() == 345',
  'timestamp("2020-02-29T23:00:00Z").getHours("+02:00") == 1',
  'timestamp("2020-07-01T00:00:00Z").getHours("America/New_York") == 20',
  // optionals
  'optional.of(1).hasValue() && !optional.none().hasValue()',
  'optional.of(1).value() == 1 && optional.none().orValue(2) == 2',
  'optional.none().or(optional.of(3)).value() == 3',
  '{"a": {"b": 1}}.?a.?b.orValue(0) == 1',
  '{"a": {"b": 1}}.?c.?b.orValue(0) == 0',
  'x.?b.c.orValue("") == "d" && !x.?z.c.hasValue()',
  '[1, 2][?5].orValue(9) == 9',
  '{?"a": optional.none(), "b": 1} == {"b": 1}',
  '[?optional.of(1), ?optional.none()] == [1]',
  'optional.of(2).optMap(v, v * 2).value() == 4',
  'optional.of([1]).optFlatMap(v, v[?0]).value() == 1',
  '!optional.ofNonZeroValue("").hasValue()',
  '[1, 2].first().value() == 1 && [1, 2].last().value() == 2',
  'optional.unwrap([optional.of(1), optional.none()]) == [1]',
  // strings extension
  's.charAt(1) == "é" && s.substring(1, 3) == "él" && s.indexOf("w") == 6 && s.lastIndexOf("l") == 9',
  '"a,b,c".split(",") == ["a", "b", "c"] && "a,b,c".split(",", 2) == ["a", "b,c"]',
  '["a", "b"].join("-") == "a-b" && ["a", "b"].join() == "ab"',
  '"AbC".lowerAscii() == "abc" && "AbC".upperAscii() == "ABC" && "  a ".trim() == "a"',
  '"hello".replace("l", "L") == "heLLo" && "hello".replace("l", "L", 1) == "heLlo" && "ab".replace("", "_") == "_a_b_"',
  '"%s is %d, %.2f, %x, %b%%".format(["a", 1, 1.5, 255, 5]) == "a is 1, 1.50, ff, 101%"',
  '"%s".format([[1, "a", {"k": 1.0}]]) == "[1, a, {k: 1}]"',
  'strings.quote("a\\"b") == "\\"a\\\\\\"b\\""',
  // Kubernetes' lists
  '[1, 2, 3].isSorted() && ![2, 1].isSorted() && ["a", "b"].isSorted()',
  '[1, 2].sum() == 3 && [1.5].sum() == 1.5 && [].map(i, 1).sum() == 0',
  '[3, 1].min() == 1 && [3, 1].max() == 3',
  '[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(5) == -1',
  'ints.sum() == 6 && ints.max() == 3',
  // regex
  '"abc 123".find("[0-9]+") == "123" && "abc".find("[0-9]") == ""',
  '"1 2 3".findAll("[0-9]") == ["1", "2", "3"] && "1 2 3".findAll("[0-9]", 2) == ["1", "2"]',
  // sets
  'sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])',
  // url
  'url("https://user:pw@example.com:80/a b?k=v&k=w").getHost() == "example.com:80"',
  'url("https://[::1]:80/path").getHostname() == "::1" && url("https://[::1]:80/path").getPort() == "80"',
  'url("https://example.com/a b?k=v&k=w").getQuery() == {"k": ["v", "w"]}',
  'url("https://example.com/a b").getEscapedPath() == "/a%20b"',
  'isURL("/absolute") && !isURL("../relative") && !isURL("")',
  // quantity
  'quantity("1Gi").isGreaterThan(quantity("1000M")) && quantity("1k").compareTo(quantity("1000")) == 0',
  'quantity("50k").add(20).asInteger() == 50020 && quantity("1.5").isInteger() == false',
  'quantity("-1").sign() == -1 && isQuantity("1.3Gi") && !isQuantity("ten")',
  'quantity("200M").sub(quantity("1M")) == quantity("199M")',
  // ip and cidr
  'ip("192.168.0.1").family() == 4 && ip("::1").isLoopback() && isIP("fe80::1") && !isIP("::ffff:1.2.3.4")',
  'ip.isCanonical("2001:db8::1") && !ip.isCanonical("2001:DB8::1")',
  'string(ip("2001:db8:0:0:0:0:0:1")) == "2001:db8::1" && ip("169.254.1.1").isLinkLocalUnicast()',
  'cidr("192.168.0.0/24").containsIP("192.168.0.5") && cidr("192.168.0.0/24").containsCIDR("192.168.0.0/25")',
  'cidr("192.168.1.5/24").masked() == cidr("192.168.1.0/24") && cidr("::1/128").prefixLength() == 128',
  'cidr("10.0.0.0/8").ip() == ip("10.0.0.0") && !isCIDR("10.0.0.0/33")',
  'type(ip("1.2.3.4")) == net.IP',
  // format
  '!format.dns1123Label().validate("ok-name").hasValue() && format.dns1123Label().validate("Bad").hasValue()',
  'format.named("uuid").hasValue() && !format.named("nothing").hasValue()',
  'format.date().validate("2020-13-01").value() == ["invalid date"]',
  // semver
  'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0-alpha.1").isLessThan(semver("1.0.0"))',
  'semver("v1.2", true).patch() == 0 && isSemver("1.2.3") && !isSemver("v1.2.3") && isSemver("01.2", true)',
  'semver("1.2.3-rc.2").compareTo(semver("1.2.3-rc.10")) == -1',
  // declared and free values
  'self.name == "me" && self.tags.all(t, t in ["a", "b"]) && self.count + n == 10',
  'x.a[0] == 1 && x.a[1] == 2.5 && x.a[3] == null && x.b.c == "d"',
  'counts.all(k, counts[k] > 0) && "one" in counts',
];

const errors: [string, string][] = [
  ['1 / 0', 'division by zero'],
  ['1 % 0', 'modulus by zero'],
  ['9223372036854775807 + 1', 'integer overflow'],
  ['-9223372036854775808 - 1', 'integer overflow'],
  ['0u - 1u', 'unsigned integer overflow'],
  ['{"a": 1}["b"]', 'no such key: b'],
  ['[1][5]', 'index out of bounds: 5'],
  ['x.nothing', 'no such key: nothing'],
  ['x.a + 1', 'no such overload'],
  ['int("a")', 'strconv.ParseInt: parsing "a": invalid syntax'],
  ['optional.none().value()', 'optional.none() dereference'],
  ['ints.filter(i, i > 5).min()', 'min called on empty list'],
  ['int(1e30)', 'integer overflow'],
  ['x.b.c.d', 'no such overload'],
  ['"a".matches(s + "(")', 'error parsing regexp: missing closing ): `héllo wörld(`'],
];

const refused: [string, string][] = [
  ['self.nothing', "ERROR: <input>:1:5: undefined field 'nothing'\n | self.nothing\n | ....^"],
  ['nothing', "ERROR: <input>:1:1: undeclared reference to 'nothing' (in container '')\n | nothing\n | ^"],
  [
    'self.count + "a"',
    `ERROR: <input>:1:12: found no matching overload for '_+_' applied to '(int, string)'\n | self.count + "a"\n | ...........^`,
  ],
  [
    'self.name.startsWith(1)',
    "ERROR: <input>:1:21: found no matching overload for 'startsWith' applied to 'string.(int)'\n | self.name.startsWith(1)\n | ....................^",
  ],
  ['nothing(1)', "ERROR: <input>:1:8: undeclared reference to 'nothing' (in container '')\n | nothing(1)\n | .......^"],
  [
    'self.count.all(x, true)',
    "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.count.all(x, true)\n | ....^",
  ],
  ['[1, "a"]', `ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, "a"]\n | ....^`],
  [
    '1 == "a"',
    `ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(int, string)'\n | 1 == "a"\n | ..^`,
  ],
  ['self.name.x', "ERROR: <input>:1:10: type 'string' does not support field selection\n | self.name.x\n | .........^"],
  [
    '[1].all(i, i)',
    "ERROR: <input>:1:8: found no matching overload for '_&&_' applied to '(bool, int)'\n | [1].all(i, i)\n | .......^",
  ],
  [
    '1 +',
    "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^",
  ],
  ['"abc".matches("(")', 'ERROR: <input>:1:15: invalid matches argument\n | "abc".matches("(")\n | ..............^'],
  ['has(1)', 'ERROR: <input>:1:4: invalid argument to has() macro\n | has(1)\n | ...^'],
  [
    'true ? 1 : "a"',
    `ERROR: <input>:1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'\n | true ? 1 : "a"\n | .....^`,
  ],
  ['for', 'ERROR: <input>:1:1: reserved identifier: for\n | for\n | ^'],
  [
    'Unknown{a: 1}',
    "ERROR: <input>:1:8: undeclared reference to 'Unknown' (in container '')\n | Unknown{a: 1}\n | .......^",
  ],
];

describe('CEL', () => {
  it.each(isTrue)('%s', (expression) => expect(run(expression)).toBe(true));
  it.each(errors)('%s fails', (expression, message) => expect(run(expression)).toBe(`error: ${message}`));
  it.each(refused)('%s is refused', (expression, message) => expect(run(expression)).toBe(`compile: ${message}`));

  it('says all that is wrong, in the order it stands', () => {
    expect(run('a && self.b')).toBe(
      "compile: ERROR: <input>:1:1: undeclared reference to 'a' (in container '')\n | a && self.b\n | ^\n" +
        "ERROR: <input>:1:10: undefined field 'b'\n | a && self.b\n | .........^",
    );
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(run('('.repeat(10_000))).toMatch(/expression recursion limit exceeded: 250/);
    expect(run(`${'!'.repeat(10_000)}true`)).toMatch(/expression recursion limit exceeded/);
    expect(run(`1${' + 1'.repeat(10_000)} == 0`)).toMatch(/expression recursion limit exceeded/);
    expect(run(`x${'.b'.repeat(10_000)}`)).toMatch(/expression recursion limit exceeded/);
    expect(run(`true${' && true'.repeat(10_000)}`)).toBe(true);
  });
});

describe('names with dots', () => {
  const variables = { a: mapOf(STRING, INT), 'a.b': STRING };
  it('are variables before they are fields', () => {
    const { program } = compile('a.b + string(a.c)', { variables });
    expect(program?.evaluate({ a: { b: 1, c: 2 }, 'a.b': 'x' }).value).toBe('x2');
  });
});
