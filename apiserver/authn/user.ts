/** Who a request comes from. Upstream: apiserver/pkg/authentication/user */
export interface User {
  name: string;
  /** Tells two users of one name apart, where the source of the identity knows. */
  uid?: string;
  groups: string[];
  /** What else the source of the identity says: `authentication.kubernetes.io/pod-name`. */
  extra?: Record<string, string[]>;
}

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The server itself, for what it writes on its own account. */
export const apiserverUser: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
