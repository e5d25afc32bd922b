/** What a provider answers. */
export interface HttpAnswer {
  status: number;
  body: string;
}

/** Fetches over TLS, with the authorities of one issuer. Rejects where nothing is answered. */
export type HttpGet = (url: string, headers?: Readonly<Record<string, string>>) => Promise<HttpAnswer>;

/** The body of a success, as JSON. */
export async function getJson(get: HttpGet, url: string): Promise<unknown> {
  const { status, body } = await get(url);
  if (status !== 200) throw new Error(`${status}: ${body.slice(0, 200)}`);
  return JSON.parse(body) as unknown;
}
