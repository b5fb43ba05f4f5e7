/** Who sends the load: somebody without any privileges but those that the benchmark gives, in its namespace. */
export const user = 'bench-user';
/** What the user shows. */
export const userToken = 'bench-user-token';
export const namespace = 'bench';
/** Of the user: teams of `authorization/world.ts`, whose bindings are looked through as well. */
export const groups = ['team-1', 'team-2'];
