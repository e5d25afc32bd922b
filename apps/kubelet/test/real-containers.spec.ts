import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pod } from '@nestor/api';
import { CriRuntime, importImageArchive, startContainerd, type ContainerdProcess } from '@nestor/cri';
import {
  buildBusyboxImage,
  createNetns,
  describeWhen,
  eventually,
  freePort,
  kubectl,
  kubectlPath,
  missingTools,
  startApiServer,
  startKubectl,
  temporaryDirectory,
  type Netns,
  type TestApiServer,
} from '@nestor/testing';
import { isBuilt, podOn, startKubelet, type KubeletUnderTest } from './kubelet-under-test';
import { bridgeNamespace } from './namespace-bridge';

jest.setTimeout(120_000);

const missing = [
  ...missingTools('containerd', 'runc', 'ctr', 'iptables', 'ip', 'nsenter', 'busybox', 'script'),
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...(existsSync('/usr/lib/cni/bridge') ? [] : ['containernetworking-plugins']),
  ...(isBuilt ? [] : ['the built apps (npx nx run-many -t build)']),
];

describeWhen(missing.length === 0, `the kubelet on containerd: needs ${missing.join(', ')}`)(
  'the kubelet on containerd',
  () => {
    const node = 'real';
    const image = 'docker.io/library/busybox:1.36';
    const files = temporaryDirectory('kubelet');
    const state = `/run/nk${process.pid}`;
    const rootDir = join(files.path, 'kubelet');
    const auditPolicy = join(files.path, 'audit-policy.yaml');
    const auditLog = join(files.path, 'audit.log');
    let netns: Netns;
    let api: TestApiServer;
    let containerd: ContainerdProcess;
    let runtime: CriRuntime;
    let bridge: { close(): void };
    let kubelet: KubeletUnderTest;
    let flags: Record<string, string | number>;

    beforeAll(async () => {
      netns = createNetns();
      writeFileSync(auditPolicy, requestsOfNodes);
      api = await startApiServer({
        args: [
          '--enable-admission-plugins=NodeRestriction',
          `--audit-policy-file=${auditPolicy}`,
          `--audit-log-path=${auditLog}`,
        ],
      });
      containerd = await startContainerd({
        dir: join(files.path, 'containerd'),
        root: join(files.path, 'containerd', 'root'),
        state,
        address: `${state}/c.sock`,
        cniConfDir: join(files.path, 'cni'),
        networkNamespace: `/var/run/netns/${netns.name}`,
      });
      runtime = new CriRuntime(containerd.address);
      const archive = await buildBusyboxImage(join(files.path, 'busybox.tar'), image);
      await importImageArchive({ address: containerd.address, archive: archive.file });
      const port = await freePort();
      bridge = await bridgeNamespace(netns, { outside: api.port, inside: port }, files.path);
      flags = {
        runtime: 'containerd',
        'node-name': node,
        'container-runtime-endpoint': containerd.address,
        'root-dir': rootDir,
        'cni-conf-dir': join(files.path, 'cni'),
        'pod-cidr': '10.213.9.0/24',
        address: '127.0.0.1',
        port,
      };
      kubelet = await startKubelet(api, flags, { nodes: [node], netns: netns.name });
    }, 180_000);

    afterAll(async () => {
      await kubelet?.process.stop();
      for (const { id } of (await runtime?.listPodSandboxes()) ?? []) {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
      runtime?.close();
      await containerd?.stop();
      bridge?.close();
      await api?.stop();
      netns?.remove();
      rmSync(state, { recursive: true, force: true });
      files.remove();
    });

    const run = (...args: string[]) => kubelet.kubectl(...args);
    const getPod = async (name: string): Promise<Pod> => JSON.parse(await run('get', 'pod', name, '-o', 'json')) as Pod;
    const until = <T>(check: () => Promise<T>) => eventually(check, { timeoutMs: 60_000 });
    const untilReady = (name: string) =>
      until(async () => {
        const pod = await getPod(name);
        if (!pod.status?.containerStatuses?.every(({ ready }) => ready)) throw new Error(JSON.stringify(pod.status));
        return pod;
      });
    const apply = (name: string, container: object, spec: object = {}) =>
      kubelet.apply(podOn(node, name, { ...spec, containers: [{ name: 'main', image, ...container }] }));
    const sh = (script: string) => ['sh', '-c', script];
    const inPod = async (name: string, script: string) => (await run('exec', name, '--', ...sh(script))).trim();

    it('runs a pod with an address of the pod CIDR and shows its log', async () => {
      await apply('first', { command: sh('echo hello from $HOSTNAME; sleep 3600') });
      const pod = await untilReady('first');
      expect(pod.status).toMatchObject({
        phase: 'Running',
        podIP: expect.stringMatching(/^10\.213\.9\.\d+$/) as string,
        containerStatuses: [{ containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/) as string }],
      });
      await until(async () => expect(await run('logs', 'first')).toBe('hello from first\n'));
      expect(await run('logs', 'first', '--timestamps', '--tail=1')).toMatch(/^\d{4}-.*Z hello from first\n$/);
    });

    it('executes commands: output, standard input, exit code, terminal', async () => {
      expect(await inPod('first', 'hostname')).toBe('first');
      const settings = { kubeconfig: api.adminKubeconfig };
      const piped = await kubectl(['exec', '-i', 'first', '--', 'cat'], { ...settings, input: 'through and back' });
      expect(piped.stdout).toBe('through and back');
      await expect(run('exec', 'first', '--', 'sh', '-c', 'exit 3')).rejects.toMatchObject({ code: 3 });
    });

    it('gives a command a terminal', async () => {
      // script(1) is the terminal that kubectl asks for.
      // The size follows the start of the command; until it is there, stty has none to tell.
      const script = 'until stty size | grep .; do sleep 0.1; done; tty';
      const exec = ['exec', '-it', 'first', '--', 'sh', '-c', script].map((word) => `'${word}'`).join(' ');
      const { stdout } = await terminal(`stty rows 33 cols 101; ${kubectlPath()} ${exec}`, api.adminKubeconfig);
      expect(stdout).toContain('33 101');
      expect(stdout).toContain('/dev/pts/');
    });

    it('follows a log until the container ends', async () => {
      await apply(
        'talker',
        { command: sh('for i in 1 2 3; do echo line $i; sleep 1; done') },
        { restartPolicy: 'Never' },
      );
      await until(async () => run('logs', 'talker'));
      expect(await run('logs', '-f', 'talker')).toBe('line 1\nline 2\nline 3\n');
      await until(async () => expect((await getPod('talker')).status?.phase).toBe('Succeeded'));
    });

    it('gives a pod its environment, volumes and service account', async () => {
      await run('create', 'configmap', 'settings', '--from-literal=colour=blue');
      await run('create', 'secret', 'generic', 'hidden', '--from-literal=word=swordfish');
      const container = {
        command: sh('sleep 3600'),
        env: [
          { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
          { name: 'TEXT', value: 'it is $(COLOUR)' },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ],
        envFrom: [{ secretRef: { name: 'hidden' }, prefix: 'S_' }],
        volumeMounts: [
          { name: 'settings', mountPath: '/settings' },
          { name: 'hidden', mountPath: '/hidden' },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'scratch', mountPath: '/part', subPath: 'deep/part' },
          { name: 'about', mountPath: '/about' },
          { name: 'fast', mountPath: '/fast' },
        ],
      };
      const volumes = [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'hidden', secret: { secretName: 'hidden', defaultMode: 0o400 } },
        { name: 'scratch', emptyDir: {} },
        { name: 'fast', emptyDir: { medium: 'Memory' } },
        { name: 'about', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ];
      await apply('furnished', container, { volumes });
      const pod = await untilReady('furnished');
      expect(await inPod('furnished', 'echo "$TEXT, $S_word, $IP"')).toBe(
        `it is blue, swordfish, ${pod.status?.podIP}`,
      );
      expect(await inPod('furnished', 'cat /settings/colour /hidden/word /about/name')).toBe('blueswordfishfurnished');
      expect(await inPod('furnished', 'stat -Lc %a /hidden/word')).toBe('400');
      expect(await inPod('furnished', 'echo x > /part/file; cat /scratch/deep/part/file')).toBe('x');
      expect(await inPod('furnished', 'grep -c " /fast tmpfs" /proc/mounts')).toBe('1');
      const token = await inPod('furnished', 'cat /var/run/secrets/kubernetes.io/serviceaccount/token');
      expect(token.split('.')).toHaveLength(3);
      expect(await inPod('furnished', 'grep furnished /etc/hosts')).toContain(pod.status?.podIP);
    });

    it('carries a changed ConfigMap into the running pod', async () => {
      await run('patch', 'configmap', 'settings', '-p', '{"data":{"colour":"green"}}');
      await until(async () => expect(await inPod('furnished', 'cat /settings/colour')).toBe('green'));
    });

    it('turns resources into cgroup limits', async () => {
      const resources = { requests: { cpu: '100m' }, limits: { memory: '64Mi', cpu: '500m' } };
      await apply('limited', { command: sh('sleep 3600'), resources });
      const pod = await untilReady('limited');
      const isUnified = existsSync('/sys/fs/cgroup/cgroup.controllers');
      const memory = isUnified ? 'memory.max' : 'memory/memory.limit_in_bytes';
      expect(await inPod('limited', `cat /sys/fs/cgroup/${memory}`)).toBe(String(64 * 1024 * 1024));
      const parent = `kubepods/burstable/pod${pod.metadata.uid}`;
      const tree = isUnified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
      expect(existsSync(join(tree, parent))).toBe(true);
      await run('delete', 'pod', 'limited', '--timeout=30s');
      expect(existsSync(join(tree, parent))).toBe(false);
    });

    it('runs as the user and with the file system it was told', async () => {
      const securityContext = { runAsUser: 1234, runAsGroup: 2345, readOnlyRootFilesystem: true };
      const spec = { securityContext: { fsGroup: 3456 }, volumes: [{ name: 'v', emptyDir: {} }] };
      const container = { command: sh('sleep 3600'), securityContext, volumeMounts: [{ name: 'v', mountPath: '/v' }] };
      await apply('humble', container, spec);
      await untilReady('humble');
      expect(await inPod('humble', 'id -u; id -g; id -G')).toBe('1234\n2345\n2345 3456');
      expect(await inPod('humble', 'touch /x 2>/dev/null || echo refused; touch /v/x; stat -c %g /v/x')).toBe(
        'refused\n3456',
      );
    });

    it('restarts a container that its liveness probe gives up on, and keeps the log of the one before', async () => {
      const livenessProbe = { exec: { command: ['cat', '/tmp/alive'] }, periodSeconds: 1, failureThreshold: 1 };
      const command = sh('echo generation $RANDOM; touch /tmp/alive; sleep 3; rm /tmp/alive; sleep 3600');
      await apply('mortal', { command, livenessProbe, terminationMessagePath: '/dev/termination-log' });
      await until(async () => expect((await getPod('mortal')).status?.containerStatuses?.[0]?.restartCount).toBe(1));
      await untilReady('mortal');
      await until(async () => {
        const [before, now] = [await run('logs', 'mortal', '--previous'), await run('logs', 'mortal')];
        expect(before).toMatch(/^generation \d+\n$/);
        expect(now).toMatch(/^generation \d+\n$/);
        const events = await run('get', 'events', '--field-selector', 'involvedObject.name=mortal');
        expect(events).toContain("Liveness probe failed: cat: can't open '/tmp/alive'");
        expect(events).toContain('Container main failed liveness probe, will be restarted');
      });
    });

    it('is ready by the readiness probe only', async () => {
      const readinessProbe = { httpGet: { port: 8080, path: '/ok' }, periodSeconds: 1 };
      await apply('late', { command: sh('mkdir /www2; httpd -f -p 8080 -h /www2'), readinessProbe });
      await until(async () => expect((await getPod('late')).status?.phase).toBe('Running'));
      expect((await getPod('late')).status?.containerStatuses?.[0]?.ready).toBe(false);
      await until(() => inPod('late', 'echo fine > /www2/ok'));
      await untilReady('late');
      await inPod('late', 'rm /www2/ok');
      await until(async () => expect((await getPod('late')).status?.containerStatuses?.[0]?.ready).toBe(false));
    });

    it('forwards a port', async () => {
      const port = await freePort();
      await inPod('late', 'echo forwarded > /www2/page');
      const forward = startKubectl(['port-forward', 'pod/late', `${port}:8080`], { kubeconfig: api.adminKubeconfig });
      try {
        await until(async () => expect(forward.output()).toContain('Forwarding from'));
        expect(await httpGet(port, '/page')).toContain('forwarded');
      } finally {
        await forward.kill();
      }
    });

    it('says why an image is not there', async () => {
      await apply('never', { image: 'docker.io/library/nothing:1', imagePullPolicy: 'Never' });
      await until(async () =>
        expect((await getPod('never')).status?.containerStatuses?.[0]?.state?.waiting).toEqual({
          reason: 'ErrImageNeverPull',
          message: 'Container image "docker.io/library/nothing:1" is not present with pull policy of Never',
        }),
      );
      await apply('unreachable', { image: '127.0.0.1:1/nobody/nothing:1' });
      await until(async () =>
        expect((await getPod('unreachable')).status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(
          /^(ErrImagePull|ImagePullBackOff)$/,
        ),
      );
    });

    it('lets a container end in its own time within the grace period', async () => {
      const command = sh('trap "echo bye > /out/said; exit 0" TERM; echo armed; while true; do sleep 0.1; done');
      const volumes = [{ name: 'out', hostPath: { path: join(files.path, 'out'), type: 'DirectoryOrCreate' } }];
      const container = { command, volumeMounts: [{ name: 'out', mountPath: '/out' }] };
      await apply('polite', container, { volumes, terminationGracePeriodSeconds: 30 });
      await untilReady('polite');
      await until(async () => expect(await run('logs', 'polite')).toBe('armed\n'));
      await run('delete', 'pod', 'polite', '--timeout=20s');
      expect(readdirSync(join(files.path, 'out'))).toEqual(['said']);
    });

    it('goes on with running pods after it was killed, and removes those that were deleted meanwhile', async () => {
      await apply('stays', { command: sh('sleep 3600') });
      await apply('leaves', { command: sh('sleep 3600') });
      const before = await untilReady('stays');
      const leaves = await untilReady('leaves');
      await kubelet.process.kill();
      await run('delete', 'pod', 'leaves', '--grace-period=0', '--force');
      kubelet = await startKubelet(api, flags, { nodes: [node], netns: netns.name });
      await until(async () => {
        const uids = (await runtime.listPodSandboxes()).map(({ metadata }) => metadata.uid);
        expect(uids).not.toContain(leaves.metadata.uid);
        expect(uids).toContain(before.metadata.uid);
      });
      const after = await getPod('stays');
      expect(after.status?.containerStatuses).toEqual(before.status?.containerStatuses);
      expect(await inPod('stays', 'echo still here')).toBe('still here');
    });

    it('removes its pods from the runtime at its end where it is told to, and runs them again later', async () => {
      // One is enough: ten at once can take a busy machine longer than a process has for its end.
      await run('delete', 'pods', '--field-selector', 'metadata.name!=stays', '--timeout=110s');
      const before = await getPod('stays');
      await kubelet.process.stop();
      expect((await runtime.listPodSandboxes()).length).toBeGreaterThan(0);
      const settings = { nodes: [node], netns: netns.name };
      kubelet = await startKubelet(api, { ...flags, 'stop-pods-on-exit': true }, settings);
      await kubelet.process.stop();
      const left = (await runtime.listPodSandboxes()).map(({ metadata, state: is }) => `${metadata.name} ${is}`);
      expect({ left, output: left.length ? kubelet.process.output().slice(-3000) : '' }).toEqual({
        left: [],
        output: '',
      });
      kubelet = await startKubelet(api, flags, settings);
      await until(async () => {
        const { status } = await getPod('stays');
        expect(status?.containerStatuses?.[0]?.containerID).not.toBe(
          before.status?.containerStatuses?.[0]?.containerID,
        );
        expect(status?.containerStatuses?.[0]?.ready).toBe(true);
      });
    });

    it('leaves nothing behind of deleted pods', async () => {
      await run('delete', 'pods', '--all', '--timeout=60s');
      expect(await runtime.listPodSandboxes()).toEqual([]);
      expect(await runtime.listContainers()).toEqual([]);
      expect(readdirSync(join(rootDir, 'pods'))).toEqual([]);
      expect(readdirSync(join(rootDir, 'pods-logs'))).toEqual([]);
    });

    it('has asked for nothing that a node may not have', () => {
      const events = readFileSync(auditLog, 'utf8').split('\n').filter(Boolean);
      const requests = events.map((line) => JSON.parse(line) as AuditedRequest);
      expect(requests.length).toBeGreaterThan(0);
      const refused = requests.filter(({ responseStatus }) => responseStatus.code === 403);
      expect(refused.map(({ verb, requestURI, responseStatus }) => [verb, requestURI, responseStatus.message])).toEqual(
        [],
      );
    });
  },
);

const requestsOfNodes = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
  - level: Metadata
    userGroups: ['system:nodes']
  - level: None
`;

interface AuditedRequest {
  verb: string;
  requestURI: string;
  responseStatus: { code: number; message?: string };
}

function terminal(command: string, kubeconfig: string): Promise<{ stdout: string }> {
  const args = ['--quiet', '--return', '--command', command, '/dev/null'];
  return promisify(execFile)('script', args, { env: { ...process.env, KUBECONFIG: kubeconfig }, timeout: 30_000 });
}

function httpGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}
