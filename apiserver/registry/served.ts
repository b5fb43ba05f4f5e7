/** What everyone who reads needs: the resources with their caches, and the wait until those are new enough. */
import type { ConsistentReads } from '../cache/consistent.ts';
import type { Resources } from './resources.ts';

export interface Served {
  resources: Resources;
  reads: ConsistentReads;
}
