/** How the apiserver proves itself to kubelets, and they to it. */
export interface KubeletCredentials {
  cert: Buffer | undefined;
  key: Buffer | undefined;
  ca: Buffer | undefined;
  /** How long connecting may take. */
  timeoutMs: number;
}
