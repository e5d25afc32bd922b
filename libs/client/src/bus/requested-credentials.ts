import { isConflict } from '@nestor/api';
import { createNkey } from '@nestor/bus-auth';
import { createLogger } from '@nestor/telemetry';
import { renewalTime, type BusCredential, type BusCredentialSource } from '@nestor/watch';
import type { HttpTransport } from '../http/http-transport';

const log = createLogger('bus');
const apiVersion = 'bus.nestor.dev/v1alpha1';

interface Answer {
  status: { token: string; expirationTimestamp: string; subjects: string[] };
}

/** Credentials that the API server gives whoever it has authenticated. The secret half of the key stays here. */
export class RequestedCredentials implements BusCredentialSource {
  private key = createNkey('user');

  constructor(private readonly transport: Pick<HttpTransport, 'request'>) {}

  async obtain(): Promise<BusCredential> {
    const { publicKey, seed } = this.key;
    const issued = Date.now();
    try {
      const { token, expirationTimestamp, subjects } = await this.ask(publicKey);
      return { token, seed, subjects, renewAt: renewalTime(issued, Date.parse(expirationTimestamp)) };
    } catch (error) {
      // This key is void for good: the node or the account it was for is gone, and there may be another of its name.
      if (isConflict(error)) this.key = createNkey('user');
      log.warn({ error: String(error) }, 'no credentials for the bus; trying again');
      throw error;
    }
  }

  private async ask(publicKey: string): Promise<Answer['status']> {
    const { body } = await this.transport.request({
      method: 'POST',
      path: `/apis/${apiVersion}/buscredentials`,
      body: { apiVersion, kind: 'BusCredential', spec: { publicKey } },
    });
    return (JSON.parse(body.toString()) as Answer).status;
  }
}
