/**
 * From the claims of a verified token to a user, as one authenticator of the configuration says. Pure; made once for each
 * authenticator, with its expressions compiled.
 *
 * Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go
 */
import { EvaluationError } from '../../../api/cel/compile.ts';
import { InvalidCredentials } from '../invalid-credentials.ts';
import type { User } from '../user.ts';
import type { ClaimMappings, ClaimOrExpression, JwtAuthenticator } from './configuration.ts';
import { compileOver, type Evaluate } from './expressions.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** Throws an `InvalidCredentials` for claims that break a rule, or do not make a user. */
export type UserOfClaims = (claims: Claims) => User;

/** A check that throws an `InvalidCredentials`. */
type Check<T> = (value: T) => void;

/** Compiles the rules of an authenticator, which must be valid. */
export function userOfClaims(authenticator: JwtAuthenticator): UserOfClaims {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = authenticator;
  const mapUser = mappingOf(claimMappings);
  const checkClaims = claimValidationRules.map(({ claim, requiredValue = '', expression = '', message = '' }) =>
    claim ? requiredClaim(claim, requiredValue) : rule<Claims>('claims', expression, message),
  );
  const checkUser = userValidationRules.map(({ expression = '', message = '' }) =>
    rule<object>('user', expression, message),
  );
  return (claims) => {
    refuseDistributed(claims, claimMappings.groups?.claim);
    const user = mapUser(claims);
    for (const check of checkClaims) check(claims);
    const { name: username, ...more } = user;
    for (const check of checkUser) check({ username, ...more });
    return user;
  };
}

function mappingOf({ username = {}, groups = {}, uid = {}, extra = [] }: ClaimMappings): UserOfClaims {
  const name = textOf(username, 'username');
  const groupsOf = groups.claim || groups.expression ? textsOf(groups) : () => [];
  const uidOf = uid.claim || uid.expression ? textOf(uid, 'uid') : () => '';
  const extras = extra.map(({ key = '', valueExpression = '' }) => {
    const evaluate = evaluator('claims', valueExpression, `extra claim expression: ${valueExpression}`);
    return (claims: Claims): [string, string[]] => [key, toTexts(evaluate(claims), 'extra')];
  });
  return (claims) => {
    const uid = uidOf(claims);
    const found = extras.map((get) => get(claims)).filter(([, values]) => values.length > 0);
    return {
      name: name(claims),
      groups: groupsOf(claims),
      ...(uid && { uid }),
      ...(found.length > 0 && { extra: Object.fromEntries(found) }),
    };
  };
}

/** A claim, or what an expression makes of all, that must be text. */
function textOf({ claim, prefix = '', expression = '' }: ClaimOrExpression, what: string): (claims: Claims) => string {
  if (claim) {
    return (claims) => {
      if (claim === 'email') requireVerified(claims);
      return (
        prefix +
        claimText(claims, claim, `parse ${what} claim${what === 'username' ? 's' : ''} ${JSON.stringify(claim)}`)
      );
    };
  }
  const evaluate = evaluator('claims', expression, `${what} claim expression`);
  return (claims) => {
    const value = evaluate(claims);
    if (typeof value === 'string') return value;
    throw failed(`error evaluating ${what} claim expression: ${what} claim expression must return a string`);
  };
}

/** A claim, or what an expression makes of all, that may be a text or several. Whose claim is missing is in no groups. */
function textsOf({ claim, prefix = '', expression = '' }: ClaimOrExpression): (claims: Claims) => string[] {
  if (!claim) {
    const evaluate = evaluator('claims', expression, 'group claim expression');
    return (claims) => toTexts(evaluate(claims), 'group');
  }
  return (claims) => {
    if (!Object.hasOwn(claims, claim)) return [];
    const value = claims[claim];
    const texts = typeof value === 'string' ? [value] : value;
    if (Array.isArray(texts) && texts.every((text) => typeof text === 'string'))
      return texts.map((text) => prefix + text);
    throw failed(`parse groups claim ${JSON.stringify(claim)}: it is neither a text nor a list of texts`);
  };
}

/** Results of expressions: empty texts, and null, are no values. */
function toTexts(value: unknown, what: string): string[] {
  const list = value === null || value === undefined ? [] : [value].flat();
  if (list.every((one) => typeof one === 'string')) return list.filter((text) => text !== '');
  throw failed(`error evaluating ${what} claim expression: expression must return a string or a list of strings`);
}

/** An address that is known not to be the user's must not become the user. */
function requireVerified(claims: Claims): void {
  if (!Object.hasOwn(claims, 'email_verified')) return;
  const verified = claims['email_verified'];
  if (typeof verified !== 'boolean') throw failed("parse 'email_verified' claim: it is not a boolean");
  if (!verified) throw failed('email not verified');
}

function claimText(claims: Claims, claim: string, doing: string): string {
  if (!Object.hasOwn(claims, claim)) throw failed(`${doing}: claim not present`);
  const value = claims[claim];
  if (typeof value === 'string') return value;
  throw failed(`${doing}: it is not a text`);
}

const requiredClaim =
  (claim: string, wanted: string): Check<Claims> =>
  (claims) => {
    if (!Object.hasOwn(claims, claim)) throw failed(`required claim ${claim} not present in ID token`);
    const got = claimText(claims, claim, `parse claim ${claim}`);
    if (got !== wanted) throw failed(`required claim ${claim} value does not match. Got = ${got}, want = ${wanted}`);
  };

function rule<T>(over: 'claims' | 'user', expression: string, message: string): Check<T> {
  const what = over === 'claims' ? 'claim validation expression' : 'user info validation rule';
  const evaluate = compileOver(over, expression, 'bool');
  return (value) => {
    if (guarded(evaluate, value, what) === true) return;
    throw failed(`error evaluating ${what}: validation expression '${expression}' failed: ${message}`);
  };
}

function evaluator(over: 'claims' | 'user', expression: string, what: string): Evaluate {
  const evaluate = compileOver(over, expression, 'any');
  return (value) => guarded(evaluate, value, what);
}

function guarded(evaluate: Evaluate, value: unknown, what: string): unknown {
  try {
    return evaluate(value);
  } catch (error) {
    if (error instanceof EvaluationError) throw failed(`error evaluating ${what}: ${error.message}`);
    throw error;
  }
}

/** Claims that have to be fetched from elsewhere are not: to go on without the groups would be to guess. */
function refuseDistributed(claims: Claims, groups: string | undefined): void {
  const names = claims['_claim_names'];
  if (!groups || Object.hasOwn(claims, groups) || typeof names !== 'object' || names === null) return;
  if (Object.hasOwn(names, groups)) throw failed('could not expand distributed claims: they are not supported');
}

const failed = (why: string): InvalidCredentials => new InvalidCredentials(`oidc: ${why}`);
