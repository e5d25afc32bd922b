import type { FieldRequirement } from '@nestor/api';
import type { Attributes } from '../attributes';
import { allow, noOpinion } from '../authorizer';
import { NodeAuthorizer } from './node-authorizer';
import { NodeGraph } from './node-graph';

const graph = new NodeGraph();
const place = (name: string) => ({ namespace: '', name });
for (const node of ['mine', 'other']) {
  graph.putPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'ns', name: `pod-${node}` },
    spec: {
      nodeName: node,
      serviceAccountName: `account-${node}`,
      containers: [],
      volumes: [
        { name: 's', secret: { secretName: `secret-${node}` } },
        { name: 'm', configMap: { name: `config-${node}` } },
        { name: 'c', persistentVolumeClaim: { claimName: `claim-${node}` } },
      ],
      resourceClaims: [{ name: 'd', resourceClaimName: `devices-${node}` }],
    },
  });
  graph.putVolume({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `volume-${node}` },
    spec: {
      claimRef: { namespace: 'ns', name: `claim-${node}` },
      csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: 'storage', name: `stage-${node}` } },
    },
  });
  graph.putOwned('volumeattachments', place(`attachment-${node}`), node);
  graph.putOwned('resourceslices', place(`slice-${node}`), node);
  graph.putOwned('podcertificaterequests', { namespace: 'ns', name: `request-${node}` }, node);
}
const authorizer = new NodeAuthorizer(graph, [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['services'] }]);

const user = { name: 'system:node:mine', groups: ['system:nodes', 'system:authenticated'] };
const asked = (what: Partial<Attributes>): Attributes => ({
  user,
  verb: 'get',
  apiGroup: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path: '',
  ...what,
});
/** "verb resource[.group][/subresource] [namespace/][name]" */
function parse(text: string, fields?: readonly FieldRequirement[]): Attributes {
  const [verb = '', what = '', where = ''] = text.split(' ');
  const [full = '', subresource = ''] = what.split('/');
  const [resource = '', ...group] = full.split('.');
  const [namespace, name] = where.includes('/') ? where.split('/') : ['', where];
  return asked({
    verb,
    resource,
    apiGroup: group.join('.'),
    subresource,
    namespace,
    name,
    ...(fields ? { fieldRequirements: () => fields } : {}),
  });
}
const onNode = (value: string, operator: '=' | '!=' = '='): FieldRequirement[] => [
  { field: 'spec.nodeName', operator, value },
];

const unrelated = "no relationship found between node 'mine' and this object";
const noName = 'No Object name found';

describe('NodeAuthorizer', () => {
  it.each([
    ['get secrets', 'ns/secret'],
    ['list secrets', 'ns/secret'],
    ['watch secrets', 'ns/secret'],
    ['get secrets', 'storage/stage'],
    ['get configmaps', 'ns/config'],
    ['watch configmaps', 'ns/config'],
    ['get persistentvolumeclaims', 'ns/claim'],
    ['update persistentvolumeclaims/status', 'ns/claim'],
    ['patch persistentvolumeclaims/status', 'ns/claim'],
    ['get persistentvolumes', 'volume'],
    ['get resourceclaims.resource.k8s.io', 'ns/devices'],
    ['get volumeattachments.storage.k8s.io', 'attachment'],
    ['get serviceaccounts', 'ns/account'],
    ['create serviceaccounts/token', 'ns/account'],
    ['get pods', 'ns/pod'],
    ['list pods', 'ns/pod'],
    ['watch pods', 'ns/pod'],
    ['get resourceslices.resource.k8s.io', 'slice'],
    ['update resourceslices.resource.k8s.io', 'slice'],
    ['patch resourceslices.resource.k8s.io', 'slice'],
    ['delete resourceslices.resource.k8s.io', 'slice'],
    ['get podcertificaterequests.certificates.k8s.io', 'ns/request'],
  ])('%s: what leads to the node and nothing else', (what, where) => {
    expect(authorizer.authorize(parse(`${what} ${where}-mine`))).toEqual(allow());
    expect(authorizer.authorize(parse(`${what} ${where}-other`))).toEqual(noOpinion(unrelated));
    expect(authorizer.authorize(parse(`${what} ${where}-missing`))).toEqual(noOpinion(unrelated));
  });

  const ownLease = 'can only access node lease with the same name as the requesting node';
  const leaseVerbs = 'can only get, create, update, patch, or delete a node lease';
  const ownCsiNode = 'can only access CSINode with the same name as the requesting node';
  const slices = 'can only list/watch/deletecollection resourceslices with nodeName field selector';
  const requests = 'can only list/watch podcertificaterequests with nodeName field selector';
  it.each([
    ['get leases.coordination.k8s.io kube-node-lease/mine', 'kube-node-lease/other', ownLease],
    [
      'update leases.coordination.k8s.io kube-node-lease/mine',
      'kube-system/mine',
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    ['delete leases.coordination.k8s.io kube-node-lease/mine', 'kube-node-lease/', ownLease],
    ['patch csinodes.storage.k8s.io mine', 'other', ownCsiNode],
    ['delete csinodes.storage.k8s.io mine', 'other', ownCsiNode],
    ['get nodes mine', 'other', "node 'mine' cannot read 'other', only its own Node object"],
    ['watch nodes mine', '', "node 'mine' cannot read all nodes, only its own Node object"],
  ])('%s: by its own name', (own, where, why) => {
    expect(authorizer.authorize(parse(own))).toEqual(allow());
    const [verb, what] = own.split(' ');
    expect(authorizer.authorize(parse(`${verb} ${what} ${where}`))).toEqual(noOpinion(why));
  });

  it.each([
    ['create leases.coordination.k8s.io kube-node-lease/'],
    ['create csinodes.storage.k8s.io'],
    ['create resourceslices.resource.k8s.io'],
    ['create nodes'],
    ['update nodes other'],
    ['patch nodes/status other'],
    ['create pods ns/'],
    ['delete pods ns/pod-other'],
    ['patch pods/status ns/pod-other'],
    ['create pods/eviction ns/pod-other'],
    ['create podcertificaterequests.certificates.k8s.io ns/'],
    ['list services'],
  ])('%s: allowed, NodeRestriction sees the object', (what) =>
    expect(authorizer.authorize(parse(what))).toEqual(allow()),
  );

  it.each([
    ['list pods', 'can only list/watch pods with spec.nodeName field selector'],
    ['watch pods', 'can only list/watch pods with spec.nodeName field selector'],
    ['list resourceslices.resource.k8s.io', slices],
    ['watch resourceslices.resource.k8s.io', slices],
    ['deletecollection resourceslices.resource.k8s.io', slices],
    ['list podcertificaterequests.certificates.k8s.io', requests],
  ])('%s: narrowed to the node alone', (what, why) => {
    expect(authorizer.authorize(parse(what, onNode('mine')))).toEqual(allow());
    for (const fields of [
      undefined,
      [],
      onNode('other'),
      onNode('mine', '!='),
      [{ ...onNode('mine')[0]!, field: 'x' }],
    ]) {
      expect(authorizer.authorize(parse(what, fields))).toEqual(noOpinion(why));
    }
  });

  it.each([
    ['list secrets ns/', noName],
    ['list secrets', 'can only read namespaced object of this type'],
    ['update secrets ns/secret-mine', 'can only read resources of this type'],
    ['get configmaps/status ns/config-mine', 'cannot read subresource'],
    ['list persistentvolumeclaims ns/claim-mine', 'can only get individual resources of this type'],
    ['get persistentvolumeclaims/scale ns/claim-mine', 'cannot get subresource'],
    ['get persistentvolumeclaims/status ns/claim-mine', 'can only get/update/patch this type'],
    ['get persistentvolumes ns/volume-mine', unrelated],
    ['list volumeattachments.storage.k8s.io', 'can only get individual resources of this type'],
    ['get resourceclaims.resource.k8s.io ns/', noName],
    ['list serviceaccounts ns/', 'can only create tokens for individual service accounts'],
    ['create serviceaccounts/token ns/', 'can only create tokens for individual service accounts'],
    ['create serviceaccounts/other ns/account-mine', 'can only create token subresource of serviceaccount'],
    ['list leases.coordination.k8s.io kube-node-lease/mine', leaseVerbs],
    ['list csinodes.storage.k8s.io mine', 'can only get, create, update, patch, or delete a CSINode'],
    ['get csinodes.storage.k8s.io/status mine', 'cannot authorize CSINode subresources'],
    ['get resourceslices.resource.k8s.io/status slice-mine', 'cannot authorize ResourceSlice subresources'],
    [
      'bind resourceslices.resource.k8s.io',
      'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
    ],
    ['delete nodes mine', ''],
    ['get nodes/proxy mine', ''],
    ['get nodes/status mine', ''],
    ['deletecollection pods ns/', ''],
    ['get pods/log ns/pod-mine', ''],
    ['create pods/binding ns/pod-mine', ''],
    [
      'patch podcertificaterequests.certificates.k8s.io/status ns/request-mine',
      'nodes may not access the status subresource of PodCertificateRequests',
    ],
    [
      'delete podcertificaterequests.certificates.k8s.io ns/request-mine',
      'nodes may not delete podcertificaterequests',
    ],
    ['get deployments.apps ns/x', ''],
    ['get secrets.other.io ns/secret-mine', ''],
  ])('%s: not for nodes', (what, why) => expect(authorizer.authorize(parse(what))).toEqual(noOpinion(why)));

  it('looks again once it has caught up before it refuses, and asks nobody before it allows', async () => {
    const [late, request] = [new NodeGraph(), parse('get volumeattachments.storage.k8s.io late')];
    const heard = [() => undefined, () => late.putOwned('volumeattachments', place('late'), 'mine')];
    const catchUp = jest.fn(() => Promise.resolve(heard.shift()?.()));
    const patient = new NodeAuthorizer(late, [], catchUp);
    expect(await patient.authorize(request)).toEqual(noOpinion(unrelated));
    expect(await patient.authorize(request)).toEqual(allow());
    expect(patient.authorize(request)).toEqual(allow());
    expect(catchUp).toHaveBeenCalledTimes(2);
  });

  it('has an opinion of nodes alone', () => {
    const request = parse('get secrets ns/secret-mine');
    const as = (name: string, ...groups: string[]) => authorizer.authorize({ ...request, user: { name, groups } });
    expect(as('system:node:mine', 'system:authenticated')).toEqual(noOpinion());
    expect(as('jane', 'system:nodes')).toEqual(noOpinion());
    expect(as('system:node:', 'system:nodes')).toEqual(noOpinion('unknown node for user "system:node:"'));
  });

  it('says that it cannot list what a node may do', () => {
    expect(authorizer.rulesFor(user)).toEqual({
      rules: [],
      incomplete: true,
      error: 'node authorizer does not support user rule resolution',
    });
    expect(authorizer.rulesFor({ name: 'jane', groups: [] })).toEqual({ rules: [], incomplete: false });
  });
});
