import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInByKind, builtInByPlural, builtInResources } from './built-in';

const facts = join(process.env['NESTOR_FACTS'] ?? join(__dirname, '../../../../../shared/facts'), 'paths.json');

describe('the registry', () => {
  it('finds a definition by plural and by kind', () => {
    expect(builtInByPlural('apps', 'v1', 'deployments')?.kind).toBe('Deployment');
    expect(builtInByKind('', 'v1', 'Pod')?.plural).toBe('pods');
    expect(builtInByKind('', 'v2', 'Pod')).toBeUndefined();
  });

  it.each(builtInResources().map((one) => [one.kind, one] as const))(
    '%s has a schema and a cell for each column',
    (_, one) => {
      expect(one.schema().properties).toHaveProperty('metadata');
      const minimal = {
        apiVersion: 'v1',
        kind: one.kind,
        metadata: { name: 'x' },
        involvedObject: {},
        spec: { containers: [], versions: [] },
      };
      expect(one.cells(minimal, new Date())).toHaveLength(one.columns.length);
      if (one.selectableFields) {
        expect(Object.keys(one.selectableFields(minimal)).sort()).toEqual([...(one.selectableFieldNames ?? [])].sort());
      }
    },
  );

  const known = existsSync(facts);
  if (!known) console.log(`skipped: comparison with published paths, ${facts} is absent`);
  (known ? it : it.skip)('serves each kind where Kubernetes does', () => {
    const paths = JSON.parse(readFileSync(facts, 'utf8')) as Record<string, { kind: string; actions: string[] }>;
    for (const one of builtInResources()) {
      const root = one.group === '' ? `/api/${one.version}` : `/apis/${one.group}/${one.version}`;
      const path = `${root}/${one.namespaced ? 'namespaces/{namespace}/' : ''}${one.plural}`;
      expect(paths[path]).toMatchObject({ kind: one.kind });
      expect(paths[`${path}/{name}/status`] !== undefined).toBe(one.hasStatus);
      expect(paths[`${path}/{name}/scale`] !== undefined).toBe(one.scale !== undefined);
    }
  });
});
