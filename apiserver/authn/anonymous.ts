/** For which paths a request may come without credentials. Upstream: apiserver/pkg/authentication/request/anonymous */
export interface AnonymousConfiguration {
  enabled: boolean;
  /** When given, only requests for one of these paths. */
  conditions?: readonly { path: string }[];
}

/** Makes the answerer. */
export function anonymousPaths({ enabled, conditions = [] }: AnonymousConfiguration): (path: string) => boolean {
  if (!enabled || conditions.length === 0) return () => enabled;
  const paths = new Set(conditions.map(({ path }) => path));
  return (path) => paths.has(path);
}
