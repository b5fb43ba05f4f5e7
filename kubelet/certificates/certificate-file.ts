/**
 * A certificate and its key in one file, `NAME-current.pem`, which only the owner can read. It is replaced as a whole.
 *
 * Upstream: client-go/util/certificate/certificate_store.go. Left out: keeping those that were current before.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../../client/component/make-directory.ts';

export interface CertificateAndKey {
  /** PEM. */
  cert: string;
  key: string;
}

export interface StoredCertificate extends CertificateAndKey {
  /** When it began to count here, in milliseconds since the epoch. */
  since: number;
  expires: number;
}

export class CertificateFile {
  readonly path: string;

  /** `kubelet-client` -> `DIRECTORY/kubelet-client-current.pem` */
  constructor(directory: string, name: string) {
    this.path = join(directory, `${name}-current.pem`);
  }

  /** Undefined when there is none, or what is there cannot be used. */
  read(): StoredCertificate | undefined {
    try {
      const text = readFileSync(this.path, 'utf8');
      const certificate = new X509Certificate(text);
      if (!certificate.checkPrivateKey(createPrivateKey(text))) return undefined;
      const since = Math.max(Date.parse(certificate.validFrom), statSync(this.path).mtimeMs);
      return { cert: text, key: text, since, expires: Date.parse(certificate.validTo) };
    } catch {
      // Not there yet, or not what it should be: it is asked for anew.
      return undefined;
    }
  }

  write({ cert, key }: CertificateAndKey): void {
    makeDirectory(dirname(this.path));
    const temporary = `${this.path}.${process.pid}.tmp`;
    writeFileSync(temporary, `${cert.trimEnd()}\n${key.trimEnd()}\n`, { mode: 0o600 });
    renameSync(temporary, this.path);
  }
}
