'use strict';
// Writes libs/schema/src/protobuf/field-numbers.json: the protobuf field numbers of the built-in kinds. They are read
// from the struct tags in the kubectl that the tests use, so a newer kubectl and one run of this give newer numbers:
//   node tools/protobuf-fields/update.cjs PATH_OF_KUBECTL
const fs = require('node:fs');
const path = require('node:path');
const { goStructTypes } = require('./go-struct-types.cjs');

const target = path.resolve(__dirname, '../../libs/schema/src/protobuf/field-numbers.json');
const served = /^k8s\.io\/(api\/[a-z]+\/v[12]|apimachinery\/pkg\/apis\/meta\/v1)$/;

/** Types whose wire form is not that of their Go fields. */
const special = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'microTime',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': 'duration',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'raw',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'raw',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'intOrString',
};

function definitionName(type) {
  return type.package.replace(/^k8s\.io\//, 'io.k8s.').replaceAll('/', '.') + '.' + type.name;
}

function wireType(go) {
  switch (go.kind) {
    case 'pointer':
      return wireType(go.element);
    case 'slice':
      if (go.element.kind === 'uint8') return 'bytes';
      // A named list of strings (ExtraValue, Verbs) travels as a message that holds it.
      return go.name ? 'items' : `[]${wireType(go.element)}`;
    case 'map':
      return `{}${wireType(go.element)}`;
    case 'struct':
      return special[`${go.package}.${go.name}`] ?? definitionName(go);
    default:
      return go.kind;
  }
}

/** "name type", with a "?" behind the type when Go's JSON leaves the zero value out; an inlined message has no name. */
function describeField({ tag, go }) {
  const number = /protobuf:"[a-z0-9]+,(\d+),/.exec(tag)?.[1];
  const json = /json:"([^"]*)"/.exec(tag)?.[1];
  if (!number || json === undefined) return undefined;
  const [name, ...options] = json.split(',');
  const zeroIsAbsent = go.kind !== 'pointer' && options.includes('omitempty');
  return [number, `${name} ${wireType(go)}${zeroIsAbsent ? '?' : ''}`];
}

const [kubectl] = process.argv.slice(2);
if (!kubectl) {
  process.stderr.write('usage: node tools/protobuf-fields/update.cjs PATH_OF_KUBECTL\n');
  process.exit(2);
}
const table = {};
for (const type of goStructTypes(fs.readFileSync(kubectl))) {
  if (!served.test(type.package)) continue;
  const fields = type.fields.map(describeField).filter(Boolean);
  if (fields.length > 0) table[definitionName(type)] = Object.fromEntries(fields);
}
const sorted = Object.fromEntries(
  Object.keys(table)
    .sort()
    .map((name) => [name, table[name]]),
);
fs.mkdirSync(path.dirname(target), { recursive: true });
fs.writeFileSync(target, `${JSON.stringify(sorted, null, 1)}\n`);
process.stdout.write(`${Object.keys(sorted).length} messages\n`);
