import fc from 'fast-check';
import { applyDefaults } from './apply-defaults';
import { decodeStrict } from './decode/decode-strict';
import { definitionSchema } from './definitions';
import type { StructuralSchema } from './structural-schema';

const deployment = definitionSchema('io.k8s.api.apps.v1.Deployment');

describe('applyDefaults', () => {
  it("fills a deployment as the API server's defaulting does", () => {
    const value = {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { name: 'c', image: 'b', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } } },
            ],
            volumes: [{ name: 'v', configMap: { name: 'm' } }],
          },
        },
      },
    };
    applyDefaults(deployment, value);
    expect(value).toEqual({
      metadata: { name: 'web' },
      spec: {
        progressDeadlineSeconds: 600,
        replicas: 1,
        revisionHistoryLimit: 10,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate' },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              {
                name: 'c',
                image: 'b',
                ports: [{ containerPort: 80, protocol: 'TCP' }],
                readinessProbe: {
                  failureThreshold: 3,
                  httpGet: { path: '/', port: 80, scheme: 'HTTP' },
                  periodSeconds: 10,
                  successThreshold: 1,
                  timeoutSeconds: 1,
                },
                resources: {},
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'File',
              },
            ],
            dnsPolicy: 'ClusterFirst',
            restartPolicy: 'Always',
            schedulerName: 'default-scheduler',
            securityContext: {},
            terminationGracePeriodSeconds: 30,
            volumes: [{ name: 'v', configMap: { name: 'm', defaultMode: 420 } }],
          },
        },
      },
      status: {},
    });
  });

  it('keeps what is set, the zero value and false included', () => {
    const value = {
      spec: { replicas: 0, revisionHistoryLimit: 0, template: { spec: { terminationGracePeriodSeconds: 0 } } },
    };
    applyDefaults(deployment, value);
    expect(value).toMatchObject({
      spec: { replicas: 0, revisionHistoryLimit: 0, template: { spec: { terminationGracePeriodSeconds: 0 } } },
    });
  });

  const custom: StructuralSchema = {
    type: 'object',
    properties: {
      size: { type: 'integer', default: 3 },
      hint: { type: 'string', nullable: true, default: 'x' },
      mode: { type: 'string' },
      map: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { on: { type: 'boolean', default: true } } },
      },
    },
  };

  it('takes null for absence unless null is allowed', () => {
    const value = { size: null, hint: null, mode: null, map: { a: {} } };
    applyDefaults(custom, value);
    expect(value).toEqual({ size: 3, hint: null, map: { a: { on: true } } });
  });

  it('never shares a default between objects', () => {
    const first: Record<string, Record<string, unknown>> = {};
    const second: Record<string, Record<string, unknown>> = {};
    applyDefaults(deployment, first);
    (first['spec'] as Record<string, unknown>)['replicas'] = 9;
    applyDefaults(deployment, second);
    expect(second['spec']?.['replicas']).toBe(1);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('spec', 'metadata', 'status', 'kind'), fc.jsonValue()), (value) => {
        decodeStrict(deployment, value);
        applyDefaults(deployment, value);
        const once = JSON.stringify(value);
        applyDefaults(deployment, value);
        expect(JSON.stringify(value)).toBe(once);
      }),
    );
  });
});
