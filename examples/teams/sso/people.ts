/** Who works here, as single sign-on knows them. */
import type { Person } from '../../../test/harness/openid-provider.ts';

const person = (name: string, ...groups: string[]): Person => ({
  email: `${name}@example.com`,
  email_verified: true,
  groups,
});

export const people: Record<string, Person> = {
  ann: person('ann', 'team-web'),
  dan: person('dan', 'team-data'),
  olga: person('olga', 'team-web', 'on-call'),
  paula: person('paula', 'platform'),
};
