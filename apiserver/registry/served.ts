/** What everyone who reads needs: the resources with their caches, the wait until those are new enough, and who may see what. */
import type { Authorizer } from '../authz/authorizer.ts';
import type { ConsistentReads } from '../cache/consistent.ts';
import type { Resources } from './resources.ts';

export interface Served {
  resources: Resources;
  reads: ConsistentReads;
  authorizer: Authorizer;
}
