/** Credentials that are not good. Clients get a 401 without a reason; a TokenReview tells what is wrong. */
export class InvalidCredentials extends Error {
  /** Of a token that nobody accepts. Upstream: utilerrors.NewAggregate */
  static ofToken(whys: readonly string[]): InvalidCredentials {
    const all = [...new Set(['invalid bearer token', ...whys])];
    return new InvalidCredentials(all.length === 1 ? all[0] : `[${all.join(', ')}]`);
  }
}
