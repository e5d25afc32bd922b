import type { AdmissionRequest } from '@nestor/admission';
import type { StorageContext } from './storage-context';
import { Admitted, admissionRequest, WriteRequest } from './write-request';

/** All of admission at once, where nothing of it is stored: a Binding, a Scale, the options of a connection, a deletion. */
export async function admitBody(
  { admission }: StorageContext,
  request: WriteRequest,
  operation: AdmissionRequest['operation'],
  body: Admitted,
): Promise<void> {
  const asked = admissionRequest(request, operation, body);
  await admission.admit(asked);
  await admission.validate(asked);
}
