/** A certificate authority for one test, and certificates from it: for 127.0.0.1 as a server, or for a client. */
import { createPrivateKey, type webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

export interface Authority {
  caFile: string;
  /** `hosts`: names that a server goes by, beside the loopback address. */
  issue(name: string, hosts?: string[]): Promise<CertificateFiles>;
}

const newKeys = () =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

/** Writes PEM files into the directory. */
export async function createAuthority(directory: string, name: string): Promise<Authority> {
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const caFile = join(directory, `${name}-ca.crt`);
  writeFileSync(caFile, ca.toString('pem'));
  return authorityOf(directory, caFile, ca, caKeys.privateKey);
}

/** The authority of a cluster whose keys are in the directory. What it issues takes the place of files of the same name. */
export async function openAuthority(directory: string): Promise<Authority> {
  const caFile = join(directory, 'ca.crt');
  const der = createPrivateKey(readFileSync(join(directory, 'ca.key'))).export({ format: 'der', type: 'pkcs8' });
  const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, true, ['sign']);
  return authorityOf(directory, caFile, new x509.X509Certificate(readFileSync(caFile, 'utf8')), key);
}

function authorityOf(
  directory: string,
  caFile: string,
  ca: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
): Authority {
  const write = (file: string, text: string): string => {
    writeFileSync(join(directory, file), text);
    return join(directory, file);
  };
  return {
    caFile,
    async issue(subject, hosts = []) {
      const keys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${subject}`,
        issuer: ca.subject,
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'ip', value: '127.0.0.1' },
            ...hosts.map((value) => ({ type: 'dns' as const, value })),
          ]),
        ],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
      const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
      return {
        certFile: write(`${subject}.crt`, certificate.toString('pem')),
        keyFile: write(`${subject}.key`, key.export({ type: 'pkcs8', format: 'pem' }) as string),
      };
    },
  };
}
