import { decodeKubernetesProtobuf, hasProtobuf } from './decode-protobuf';

/** Hand-assembled wire bytes: a field is its number and either a varint or bytes. */
const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return Buffer.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
};
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field: number, ...parts: (Buffer | string)[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};
const body = (apiVersion: string, kind: string, ...raw: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    bytes(1, bytes(1, apiVersion), bytes(2, kind)),
    bytes(2, ...raw),
    bytes(3, ''),
    bytes(4, ''),
  ]);

describe('protobuf bodies', () => {
  it('become what Go would have sent as JSON', () => {
    const meta = bytes(
      1,
      bytes(1, 'web'),
      bytes(2, ''),
      bytes(3, 'default'),
      number(7, 0),
      bytes(8),
      bytes(11, bytes(1, 'app'), bytes(2, 'web')),
    );
    const port = bytes(6, bytes(1, 'http'), number(2, 0), number(3, 80), bytes(4, 'TCP'), bytes(5, ''));
    const limits = bytes(8, bytes(1, bytes(1, 'memory'), bytes(2, bytes(1, '64Mi'))));
    const probe = bytes(
      11,
      bytes(1, bytes(2, bytes(1, '/'), bytes(2, number(1, 1), number(2, 0), bytes(3, 'http')))),
      number(2, 3),
    );
    const container = bytes(2, bytes(1, 'web'), bytes(2, 'busybox'), port, limits, probe);
    const template = bytes(3, bytes(1), bytes(2, container, number(4, 0)));
    const spec = bytes(2, number(1, 0), template, number(7, 0));
    expect(decodeKubernetesProtobuf(body('apps/v1', 'Deployment', meta, spec, bytes(3)))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
      // replicas is a pointer in Go: a zero that was sent was meant. paused is not.
      spec: {
        replicas: 0,
        template: {
          metadata: {},
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'web',
                image: 'busybox',
                ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
                resources: { limits: { memory: '64Mi' } },
                livenessProbe: undefined,
                readinessProbe: { httpGet: { path: '/', port: 'http' }, initialDelaySeconds: 3 },
              },
            ],
          },
        },
      },
      status: {},
    });
  });

  it('carry bytes, times, negative numbers and options', () => {
    const secret = decodeKubernetesProtobuf(
      body('v1', 'Secret', bytes(1, bytes(1, 's')), bytes(2, bytes(1, 'key'), bytes(2, Buffer.from([0, 255])))),
    );
    expect(secret).toMatchObject({ kind: 'Secret', data: { key: 'AP8=' } });
    const lease = decodeKubernetesProtobuf(
      body('coordination.k8s.io/v1', 'Lease', bytes(2, bytes(4, number(1, 1_700_000_000), number(2, 123_456_789)))),
    );
    expect(lease['spec']).toEqual({ renewTime: '2023-11-14T22:13:20.123456Z' });
    const options = decodeKubernetesProtobuf(body('apps/v1', 'DeleteOptions', number(1, -1), bytes(4, 'Foreground')));
    expect(options).toMatchObject({ gracePeriodSeconds: -1, propagationPolicy: 'Foreground' });
  });

  it('say what is wrong with them', () => {
    expect(() => decodeKubernetesProtobuf(Buffer.from('{}'))).toThrow(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
    expect(() => decodeKubernetesProtobuf(body('v1', 'Nothing'))).toThrow(
      'no kind "Nothing" is registered for version "v1"',
    );
    const whole = body('v1', 'ConfigMap', bytes(1, bytes(1, 'name')));
    // Two empty fields of two bytes each follow the object: five bytes less cut into it.
    expect(() => decodeKubernetesProtobuf(whole.subarray(0, whole.length - 5))).toThrow('unexpected EOF');
  });

  it('are known for the kinds of the API', () => {
    for (const name of [
      'core.v1.Pod',
      'apps.v1.ReplicaSet',
      'discovery.v1.EndpointSlice',
      'events.v1.Event',
      'policy.v1.Eviction',
      'autoscaling.v1.Scale',
    ])
      expect(hasProtobuf(`io.k8s.api.${name}`)).toBe(true);
  });
});
