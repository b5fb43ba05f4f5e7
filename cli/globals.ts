/** What the flags that every command has say. */
import type { Overrides } from '../client/kubeconfig.ts';

export interface Globals extends Overrides {
  namespace?: string;
  kubeconfig?: string;
  dataDir?: string;
  v: number;
  /** Milliseconds; 0 waits as long as it takes. */
  requestTimeout: number;
}
