import { ApiClient } from '@nestor/testing';
import { configMap } from './objects';

export const maps = '/api/v1/namespaces/default/configmaps';

export interface Told {
  name: string;
  code: number;
  retryAfter: boolean;
  /** Of what was made. */
  revision: number;
}

/** Clients that create one object after the other and keep what each was told. */
export class OutageWriters {
  readonly told: Told[] = [];
  private running = true;
  private readonly finished: Promise<unknown>;

  constructor(
    private readonly api: ApiClient,
    private readonly prefix: string,
    count = 8,
  ) {
    this.finished = Promise.all(Array.from({ length: count }, (_, writer) => this.write(writer)));
  }

  /** Those told one of these codes; all of them without codes. */
  names(...codes: number[]): string[] {
    return this.told.filter(({ code }) => codes.includes(code)).map(({ name }) => name);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.finished;
  }

  private async write(writer: number): Promise<void> {
    for (let round = 0; this.running; round++) {
      const name = `${this.prefix}-${writer}-${round}`;
      const { code, headers, body } = await this.api.post(maps, configMap(name, { one: name, other: name }));
      const retryAfter = headers['retry-after'] !== undefined;
      this.told.push({ name, code, retryAfter, revision: code === 201 ? Number(body.metadata.resourceVersion) : 0 });
    }
  }
}

/** What is stored must be what was told: 201 is there, 503 is not, of 504 either is true; and each is there whole. */
export async function expectAsTold(api: ApiClient, { told }: Pick<OutageWriters, 'told'>): Promise<void> {
  const { body } = await api.get(maps);
  const stored = new Map<string, Record<string, string>>(
    body['items'].map((item: { metadata: { name: string }; data: Record<string, string> }) => [
      item.metadata.name,
      item.data,
    ]),
  );
  expect(told.filter(({ code }) => ![201, 503, 504].includes(code))).toEqual([]);
  expect(told.filter(({ code, retryAfter }) => code !== 201 && !retryAfter)).toEqual([]);
  expect(told.filter(({ code, name }) => code === 201 && !stored.has(name))).toEqual([]);
  expect(told.filter(({ code, name }) => code === 503 && stored.has(name))).toEqual([]);
  for (const { name } of told) {
    const data = stored.get(name);
    if (data) expect(data).toEqual({ one: name, other: name });
  }
}
