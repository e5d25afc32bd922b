import { exportJWK, generateKeyPair, SignJWT, type GenerateKeyPairResult, type JWK } from 'jose';
import type { HttpAnswer, HttpGet } from '../src/authentication/oidc/http-get';

/** An issuer in memory, for specs: its documents are fetched through `get`. */
export class TestIssuer {
  readonly asked: string[] = [];
  /** What else may be fetched. */
  readonly pages = new Map<string, string>();
  isThere = true;
  private keys: JWK[] = [];
  private key!: GenerateKeyPairResult['privateKey'];

  private constructor(readonly url: string) {}

  static async at(url: string): Promise<TestIssuer> {
    const issuer = new TestIssuer(url);
    await issuer.rotate('k1');
    return issuer;
  }

  async rotate(kid: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    this.keys = [{ ...(await exportJWK(publicKey)), kid }];
    this.key = privateKey;
  }

  readonly get: HttpGet = (url): Promise<HttpAnswer> => {
    this.asked.push(url);
    if (!this.isThere) return Promise.reject(new Error('connection refused'));
    const body = this.pages.get(url) ?? this.own(url);
    return Promise.resolve(body === undefined ? { status: 404, body: 'none' } : { status: 200, body });
  };

  sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + 60;
    return new SignJWT({ iss: this.url, aud: 'me', exp, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: this.keys[0]!.kid, ...header })
      .sign(this.key);
  }

  private own(url: string): string | undefined {
    if (url === `${this.url}/.well-known/openid-configuration`) {
      return JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` });
    }
    return url === `${this.url}/keys` ? JSON.stringify({ keys: this.keys }) : undefined;
  }
}
