/** Who calls the kubelet, as TokenReviews and SubjectAccessReviews put it. */
export interface User {
  name: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
