import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TestCluster, kubectlPath, repositoryRoot, startCluster } from '@nestor/testing';

const root = repositoryRoot();

/** The code blocks of a document, each with its language. */
function blocks(document: string): { language: string; text: string }[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }));
}

/** docs/extending.md is pasted into a shell as it stands. */
describe('the tutorial of a controller', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 1 });
  }, 240_000);
  afterAll(async () => {
    await cluster?.stop();
    rmSync(join(root, 'website'), { recursive: true, force: true });
  });

  it('works when pasted, and is under sixty lines', async () => {
    const tutorial = blocks('docs/extending.md').find(({ language }) => language === 'sh')!.text;
    const written = [...tutorial.matchAll(/<<'EOF'\n([\s\S]*?)\nEOF/g)]
      .slice(0, 2)
      .map(([, file = '']) => file.split('\n'));
    expect(written.flat().length).toBeLessThan(60);
    // Job control as in an interactive shell, so that %1 is the controller.
    const { stdout } = await promisify(execFile)('bash', ['-em', '-c', tutorial], {
      cwd: root,
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig, PATH: `${dirname(kubectlPath())}:${process.env['PATH']}` },
      timeout: 150_000,
    });
    expect(stdout).toMatch(/website\.example\.com\/hello +2/);
    expect(stdout).toMatch(/deployment\.apps\/hello +2\/2/);
    expect(stdout).toContain('website.example.com "hello" deleted');
  }, 180_000);
});
