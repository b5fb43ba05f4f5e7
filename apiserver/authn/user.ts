/** Who a request comes from. Upstream: apiserver/pkg/authentication/user */
export interface User {
  name: string;
  groups: string[];
}

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The server itself, for what it writes on its own account. */
export const apiserverUser: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
