import { createSecureContext } from 'node:tls';
import { CertificateAuthorities, certificatesIn } from '@nestor/auth';
import type { ApiServerConfig } from '../apiserver.config';
import { readFiles } from '../files/follow-files';
import { reloadFiles } from '../files/reload-files';
import type { TlsMaterial } from '../http/https-server';

/** The files this server's TLS rests on, as they are now: its own certificate, and who signs clients and front proxies. */
export class CertificateFiles {
  readonly clients: CertificateAuthorities;
  readonly proxies?: CertificateAuthorities;
  private serving: readonly string[];
  private readonly authorities = new Map<string, string>();
  private readonly stops: (() => void)[] = [];

  constructor(private readonly config: ApiServerConfig) {
    this.serving = readFiles(this.servingFiles());
    checkPair(this.serving);
    this.clients = this.open('client-ca-file', config.clientCaFile);
    const proxyFile = config.requestheaderClientCaFile;
    if (!proxyFile) return;
    this.proxies = this.open('requestheader-client-ca-file', proxyFile);
    if (config.requestheaderAllowedNames.length === 0) this.refuseOverlap();
  }

  get clientCa(): string {
    return this.authorities.get('client-ca-file')!;
  }

  get proxyCa(): string | undefined {
    return this.authorities.get('requestheader-client-ca-file');
  }

  tls(): TlsMaterial {
    const [cert = '', key = ''] = this.serving;
    // Clients choose a certificate by the authorities that a server names.
    return { cert, key, ca: [...this.authorities.values()] };
  }

  /** Follows the files; `changed` is called when something of theirs has been taken up. */
  start(changed: () => void | Promise<void>): void {
    this.stops.push(
      reloadFiles({
        files: this.servingFiles(),
        texts: this.serving,
        use: (texts) => {
          checkPair(texts);
          this.serving = texts;
          return changed();
        },
      }),
    );
    this.follow('client-ca-file', this.config.clientCaFile, this.clients, changed);
    const { requestheaderClientCaFile } = this.config;
    if (this.proxies && requestheaderClientCaFile) {
      this.follow('requestheader-client-ca-file', requestheaderClientCaFile, this.proxies, changed);
    }
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  private servingFiles(): Record<string, string> {
    return { 'tls-cert-file': this.config.tlsCertFile, 'tls-private-key-file': this.config.tlsPrivateKeyFile };
  }

  private open(option: string, path: string): CertificateAuthorities {
    const [pem = ''] = readFiles({ [option]: path });
    this.authorities.set(option, pem);
    try {
      return new CertificateAuthorities(pem);
    } catch (cause) {
      throw new Error(`--${option}: ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  private follow(
    option: string,
    path: string,
    authorities: CertificateAuthorities,
    changed: () => void | Promise<void>,
  ): void {
    const stop = reloadFiles({
      files: { [option]: path },
      texts: [this.authorities.get(option)!],
      use: ([pem = '']) => {
        authorities.replace(pem);
        this.authorities.set(option, pem);
        return changed();
      },
    });
    this.stops.push(stop);
  }

  private refuseOverlap(): void {
    const proxies = certificatesIn(this.proxyCa ?? '').map(({ fingerprint256 }) => fingerprint256);
    if (!certificatesIn(this.clientCa).some(({ fingerprint256 }) => proxies.includes(fingerprint256))) return;
    throw new Error(
      '--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users',
    );
  }
}

/** Throws where a key is not its certificate's, as it is while only one of the two files has been written. */
function checkPair([cert, key]: readonly string[]): void {
  createSecureContext({ cert, key });
}
