import { fieldErrorMessage } from '../errors/field-error';
import type { ObjectMeta } from './json-types';
import { labelName } from './object-name';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta-validation';

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '1' };
const errorsOf = (meta: ObjectMeta, namespaced = true) =>
  validateObjectMeta({ name: 'x', namespace: namespaced ? 'default' : undefined, ...meta }, { namespaced }).map(
    fieldErrorMessage,
  );

describe('ObjectMeta on create', () => {
  it.each<[string, ObjectMeta, string[]]>([
    [
      'nothing wrong',
      { labels: { a: 'b' }, annotations: { 'x.io/Any': '1' }, finalizers: ['x.io/y'], ownerReferences: [owner] },
      [],
    ],
    ['no name', { name: '' }, ['metadata.name: Required value: name or generateName is required']],
    ['no namespace', { namespace: '' }, ['metadata.namespace: Required value']],
    [
      'a namespace with dots',
      { namespace: 'a.b' },
      ['metadata.namespace: Invalid value: "a.b": must not contain dots'],
    ],
    [
      'too many annotations',
      { annotations: { a: 'x'.repeat(256 * 1024) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'an owner without uid',
      { ownerReferences: [{ ...owner, uid: '' }] },
      ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
    ],
    [
      'both ways to delete dependents',
      { finalizers: ['orphan', 'foregroundDeletion'] },
      [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    ],
  ])('with %s', (_, meta, messages) => expect(errorsOf(meta)).toEqual(messages));

  it('has one controller', () => {
    const references = [
      { ...owner, controller: true },
      { ...owner, name: 'b', controller: true },
    ];
    expect(errorsOf({ ownerReferences: references })[0]).toMatch(
      /Only one reference can have Controller set to true\. Found "true" in references for a and b$/,
    );
  });

  it('knows no namespace on cluster-scoped kinds, and the name rule of the kind', () => {
    expect(errorsOf({ namespace: 'default' }, false)).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    const meta = { name: 'a.b' };
    expect(validateObjectMeta(meta, { namespaced: false, nameCheck: labelName }).map(fieldErrorMessage)).toEqual([
      'metadata.name: Invalid value: "a.b": must not contain dots',
    ]);
  });
});

describe('ObjectMeta on update', () => {
  const old: ObjectMeta = { name: 'x', namespace: 'default', uid: '1', resourceVersion: '5', generation: 2 };
  it.each<[string, ObjectMeta, string[]]>([
    ['nothing wrong', { ...old, labels: { a: 'b' } }, []],
    ['another uid', { ...old, uid: '2' }, ['metadata.uid: Invalid value: "2": field is immutable']],
    [
      'no version',
      { ...old, resourceVersion: undefined },
      ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    ],
    ['a step back', { ...old, generation: 1 }, ['metadata.generation: Invalid value: 1: must not be decremented']],
  ])('with %s', (_, meta, messages) =>
    expect(validateObjectMetaUpdate(meta, old).map(fieldErrorMessage)).toEqual(messages),
  );

  it('takes no new finalizer on what is being deleted', () => {
    const deleted = { ...old, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.io/a'] };
    expect(
      validateObjectMetaUpdate({ ...deleted, finalizers: ['a.io/a', 'a.io/b'] }, deleted).map(fieldErrorMessage),
    ).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.io/b"}',
    ]);
    expect(validateObjectMetaUpdate({ ...deleted, finalizers: [] }, deleted)).toEqual([]);
  });
});
