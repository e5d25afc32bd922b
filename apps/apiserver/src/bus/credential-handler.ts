import type { ObjectReader } from '@nestor/admission';
import { field, invalid, methodNotSupported } from '@nestor/api';
import { isPublicKey, type BusIssuer } from '@nestor/bus-auth';
import type { Handler } from '../http/dispatch';
import { sendObject } from '../http/respond';
import { part, readValue, text } from '../storage/read-value';
import { boundObjects } from './bound-objects';
import { busCredentialKind as kind, busCredentials, busGroup as group, busVersion } from './bus-group';
import type { BusSubjects } from './bus-subjects';
import type { CredentialRecords } from './credential-records';

export interface CredentialDependencies {
  issuer: BusIssuer;
  records: CredentialRecords;
  subjects: BusSubjects;
  reader: ObjectReader;
  lifeMs: number;
}

/** Answers with credentials for the bus: what the caller may list and watch may be heard there, for a while. */
export function credentialHandler({ issuer, records, subjects, reader, lifeMs }: CredentialDependencies): Handler {
  return async (exchange) => {
    const { info, request, user } = exchange;
    if (info.verb !== 'create' || info.name !== '') throw methodNotSupported(busCredentials, request.method ?? '');
    const body = await readValue(exchange, kind);
    const spec = part(body, 'spec');
    const publicKey = text(spec, 'publicKey');
    if (!isPublicKey('user', publicKey)) {
      const why = 'must be the public key of a NATS user (nkey)';
      throw invalid({ group, kind }, '', [
        publicKey ? field.invalid('spec.publicKey', publicKey, why) : field.required('spec.publicKey', why),
      ]);
    }
    const boundTo = await boundObjects(user, reader);
    const subscribe = await subjects.of(user);
    await records.note({ publicKey, username: user.name, boundTo }, lifeMs);
    const expires = Date.now() + lifeMs;
    const token = issuer.signUser({ name: user.name, publicKey, permissions: { publish: [], subscribe }, expires });
    const status = {
      token,
      username: user.name,
      subjects: subscribe,
      expirationTimestamp: new Date(expires).toISOString(),
    };
    sendObject(exchange, 201, {
      kind,
      apiVersion: `${group}/${busVersion}`,
      metadata: part(body, 'metadata'),
      spec: { publicKey },
      status,
    });
  };
}
