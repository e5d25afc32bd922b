import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'protobufjs';
import { load } from 'protobufjs';
import { protoFile } from '../client/cri-services';

interface FactField {
  name: string;
  type: string;
  number: number;
  repeated?: boolean;
}
const factsDir = process.env.NESTOR_FACTS ?? join(__dirname, '../../../../../shared/facts');
const factsFile = join(factsDir, 'cri-runtime-v1.json');
const describeWithFacts = existsSync(factsFile) ? describe : describe.skip;
if (!existsSync(factsFile))
  process.stderr.write('skipping the comparison of the CRI protocol: no facts to compare with\n');

describeWithFacts('the CRI protocol file', () => {
  it('has only messages and fields of the published protocol, with their numbers and types', async () => {
    const facts = JSON.parse(readFileSync(factsFile, 'utf8')) as { messages: Record<string, FactField[]> };
    const root = await load(protoFile);
    const mismatches: string[] = [];
    let compared = 0;
    for (const type of (root.lookup('runtime.v1') as unknown as { nestedArray: unknown[] }).nestedArray) {
      if (!(type instanceof Type)) continue;
      const published = facts.messages[type.name];
      if (!published) mismatches.push(`${type.name} is not a message of the protocol`);
      for (const field of type.fieldsArray) {
        compared++;
        const fact = published?.find(({ name }) => name === field.name || camel(name) === field.name);
        const kind = 'keyType' in field ? `map<${String(field.keyType)},${field.type}>` : field.type;
        const same = fact?.number === field.id && fact.type === kind;
        const alike = same && ('keyType' in field || Boolean(fact.repeated) === field.repeated);
        if (!alike)
          mismatches.push(`${type.name}.${field.name}: ours ${kind} = ${field.id}, published ${JSON.stringify(fact)}`);
      }
    }
    expect(mismatches).toEqual([]);
    expect(compared).toBeGreaterThan(200);
  });
});

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
