import { createSecureContext } from 'node:tls';
import { readFiles } from './follow-files';
import { reloadFiles } from './reload-files';

export interface ClientCertificate {
  cert?: string;
  key?: string;
  /** Who signs those this client talks to. */
  ca?: string;
}

/** For each part the option that names its file, and the file where there is one. */
export type CredentialFiles = { [Part in keyof ClientCertificate]?: Readonly<Record<string, string | undefined>> };

const parts = ['cert', 'key', 'ca'] as const;

/** What this server shows as a client of others, and whom it trusts then, as the files have it now. */
export class ClientCredentials {
  current: ClientCertificate;
  private readonly files: Record<string, string> = {};
  private readonly given: (keyof ClientCertificate)[] = [];

  constructor(files: CredentialFiles) {
    for (const part of parts) {
      for (const [option, path] of Object.entries(files[part] ?? {})) {
        if (!path) continue;
        this.files[option] = path;
        this.given.push(part);
      }
    }
    this.current = this.checked(readFiles(this.files));
  }

  follow(shutdown: AbortSignal, changed: () => void): void {
    if (this.given.length === 0) return;
    const stop = reloadFiles({
      files: this.files,
      texts: this.given.map((part) => this.current[part] ?? ''),
      use: (texts) => {
        this.current = this.checked(texts);
        changed();
      },
    });
    shutdown.addEventListener('abort', stop, { once: true });
  }

  /** Throws where a key is not its certificate's. */
  private checked(texts: readonly string[]): ClientCertificate {
    const found = Object.fromEntries(this.given.map((part, index) => [part, texts[index]])) as ClientCertificate;
    createSecureContext(found);
    return found;
  }
}
