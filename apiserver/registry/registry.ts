/**
 * What every verb works on: the served kinds with their caches, the store below them, and the plugins that each write
 * passes. One for the whole process.
 */
import type { Logger } from '../../client/component/log.ts';
import type { AdmissionPlugin } from '../admission/plugin.ts';
import type { Authenticator } from '../authn/authenticator.ts';
import type { ServiceAccountIssuer } from '../authn/service-account-issuer.ts';
import type { Progress } from '../cache/progress.ts';
import type { KubeletCredentials } from '../kubelet/credentials.ts';
import type { Storage } from '../storage/storage.ts';
import type { Resource } from './resource.ts';
import type { Served } from './served.ts';

export interface Registry extends Served {
  storage: Storage;
  progress: Progress;
  /** Finds the resource of a kind that has been defined so recently that it is not among `resources` yet. */
  findDefined?(group: string, version: string, plural: string): Promise<Resource | undefined>;
  /** Who sends a request, and who holds a token. */
  authenticator: Authenticator;
  /** In the order in which they run. */
  admission: readonly AdmissionPlugin[];
  /** How kubelets are reached. */
  kubelet: KubeletCredentials;
  /** Undefined where service accounts get no tokens. */
  tokenIssuer?: ServiceAccountIssuer | undefined;
  logger: Logger;
  now(): Date;
}
