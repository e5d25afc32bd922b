import { loadConfig } from '@nestor/config';
import { signingOptions } from './signing-options';
import { SigningConfig } from './signing.config';

describe('signingOptions', () => {
  const options = (...argv: string[]) => signingOptions(loadConfig(SigningConfig, { app: 'test', argv, env: {} }));

  it('take one authority for all signers', () => {
    expect(
      options('--cluster-signing-cert-file=a', '--cluster-signing-key-file=b', '--cluster-signing-duration=60'),
    ).toEqual({ authority: { certificateFile: 'a', keyFile: 'b' }, authorities: new Map(), signingSeconds: 60 });
  });
  it('take one for each', () => {
    const { authority, authorities } = options(
      '--cluster-signing-kubelet-client-cert-file=a',
      '--cluster-signing-kubelet-client-key-file=b',
      '--cluster-signing-kubelet-serving-cert-file=c',
      '--cluster-signing-kubelet-serving-key-file=d',
    );
    expect(authority).toBeUndefined();
    expect(Object.fromEntries(authorities ?? [])).toEqual({
      'kubernetes.io/kube-apiserver-client-kubelet': { certificateFile: 'a', keyFile: 'b' },
      'kubernetes.io/kubelet-serving': { certificateFile: 'c', keyFile: 'd' },
    });
  });
  it('refuse both, and halves', () => {
    const both = ['--cluster-signing-cert-file=a', '--cluster-signing-key-file=b'];
    const one = ['--cluster-signing-legacy-unknown-cert-file=a', '--cluster-signing-legacy-unknown-key-file=b'];
    expect(() => options(...both, ...one)).toThrow('cannot specify');
    expect(() => options('--cluster-signing-cert-file=a')).toThrow('must be given together');
  });
});
