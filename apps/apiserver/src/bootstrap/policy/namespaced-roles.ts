import { allow, read, writeEvents } from './allow';
import { account, user, type DefaultBinding, type DefaultRole } from './default-role';

const system = 'kube-system';
const shared = 'kube-public';
const authenticationReader = 'extension-apiserver-authentication-reader';

const leaderLocking = (component: string): DefaultRole => ({
  namespace: system,
  name: `system::leader-locking-${component}`,
  rules: [allow('watch', 'core', 'configmaps'), allow('get update', 'core', 'configmaps', component)],
});

/** Roles in the namespaces of the system. */
export const namespacedRoles: readonly DefaultRole[] = [
  {
    namespace: system,
    name: authenticationReader,
    rules: [allow(read, 'core', 'configmaps', 'extension-apiserver-authentication')],
  },
  { namespace: system, name: 'system:controller:bootstrap-signer', rules: [allow(read, 'core', 'secrets')] },
  {
    namespace: system,
    name: 'system:controller:cloud-provider',
    rules: [allow(`create ${read}`, 'core', 'configmaps')],
  },
  {
    namespace: system,
    name: 'system:controller:token-cleaner',
    rules: [allow(`${read} delete`, 'core', 'secrets'), writeEvents],
  },
  leaderLocking('kube-controller-manager'),
  leaderLocking('kube-scheduler'),
  {
    namespace: shared,
    name: 'system:controller:bootstrap-signer',
    rules: [allow(read, 'core', 'configmaps'), allow('update', 'core', 'configmaps', 'cluster-info'), writeEvents],
  },
];

const controller = (name: string, namespace = system): DefaultBinding => ({
  namespace,
  role: `system:controller:${name}`,
  subjects: [account(name)],
});

const locks = (component: string): DefaultBinding => ({
  namespace: system,
  role: `system::leader-locking-${component}`,
  subjects: [user(`system:${component}`), account(component)],
});

export const namespacedBindings: readonly DefaultBinding[] = [
  {
    namespace: system,
    name: `system::${authenticationReader}`,
    role: authenticationReader,
    subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler')],
  },
  locks('kube-controller-manager'),
  locks('kube-scheduler'),
  controller('bootstrap-signer'),
  controller('cloud-provider'),
  controller('token-cleaner'),
  controller('bootstrap-signer', shared),
];
