/**
 * What is wrong with a configuration of OpenID providers, in Kubernetes' words.
 *
 * Upstream: apiserver/pkg/apis/apiserver/validation/validation.go (ValidateAuthenticationConfiguration)
 */
import { X509Certificate } from 'node:crypto';
import { CompileError } from '../../../api/cel/compile.ts';
import { type FieldError, field } from '../../../api/errors.ts';
import { duplicates, each } from '../../../api/validation/checks.ts';
import { requireDomainPrefixedPath } from '../../../api/validation/domain-prefixed-path.ts';
import type {
  AuthenticationConfiguration,
  ClaimMappings,
  ClaimOrExpression,
  ClaimValidationRule,
  Issuer,
  JwtAuthenticator,
} from './configuration.ts';
import { compileOver, type Result } from './expressions.ts';

const maxAuthenticators = 64;
const both = "claim and expression can't both be set";

/** `disallowed`: issuers whose tokens are known by other means. */
export function validateConfiguration(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  disallowed: readonly string[],
): FieldError[] {
  if (jwt.length > maxAuthenticators) return [field.tooMany('jwt', jwt.length, maxAuthenticators)];
  const errors = [
    ...each('jwt', jwt, (at, one) => validateAuthenticator(at, one, disallowed)),
    ...duplicates('jwt', jwt, 'issuer.url', ({ issuer }) => issuer.url),
    ...duplicates('jwt', jwt, 'issuer.discoveryURL', ({ issuer }) => issuer.discoveryURL),
  ];
  if (anonymous && !anonymous.enabled && anonymous.conditions?.length) {
    const why = 'enabled should be set to true when conditions are defined';
    errors.push(field.invalid('anonymous.conditions', anonymous.conditions, why));
  }
  return errors;
}

function validateAuthenticator(at: string, one: JwtAuthenticator, disallowed: readonly string[]): FieldError[] {
  const { issuer, claimValidationRules = [], claimMappings, userValidationRules = [] } = one;
  return [
    ...validateIssuer(`${at}.issuer`, issuer, disallowed),
    ...validateRules(`${at}.claimValidationRules`, claimValidationRules),
    ...validateMappings(`${at}.claimMappings`, claimMappings, claimValidationRules),
    ...each(`${at}.userValidationRules`, userValidationRules, (path, { expression }) =>
      expression
        ? checkExpression(`${path}.expression`, 'user', expression, 'bool')
        : [field.required(`${path}.expression`)],
    ),
    ...duplicates(`${at}.userValidationRules`, userValidationRules, 'expression', ({ expression }) => expression),
  ];
}

function validateIssuer(at: string, issuer: Issuer, disallowed: readonly string[]): FieldError[] {
  const { url, discoveryURL, audiences = [], audienceMatchPolicy: policy = '', certificateAuthority } = issuer;
  const errors = url === '' ? [field.required(`${at}.url`)] : validateUrl(`${at}.url`, url);
  if (disallowed.includes(url)) {
    const why = `URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`;
    errors.push(field.invalid(`${at}.url`, url, why));
  }
  if (discoveryURL) {
    const same = url !== '' && trimmed(url) === trimmed(discoveryURL);
    if (same) errors.push(field.invalid(`${at}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL'));
    errors.push(...validateUrl(`${at}.discoveryURL`, discoveryURL));
  }
  errors.push(...validateAudiences(at, audiences, policy));
  if (certificateAuthority && !isCertificate(certificateAuthority)) {
    errors.push(
      field.invalid(
        `${at}.certificateAuthority`,
        '<omitted>',
        'data does not contain any valid RSA or ECDSA certificates',
      ),
    );
  }
  return errors;
}

function validateAudiences(at: string, audiences: readonly string[], policy: string): FieldError[] {
  const path = `${at}.audiences`;
  if (audiences.length === 0) return [field.required(path, `at least one ${path} is required`)];
  const errors = [
    ...each(path, audiences, (item, audience) => (audience === '' ? [field.required(item)] : [])),
    ...duplicates(path, audiences, '', (audience) => audience),
  ];
  const several = audiences.length > 1;
  if (several ? policy !== 'MatchAny' : policy !== '' && policy !== 'MatchAny') {
    const why = several
      ? 'audienceMatchPolicy must be MatchAny for multiple audiences'
      : 'audienceMatchPolicy must be empty or MatchAny for single audience';
    errors.push(field.invalid(`${at}.audienceMatchPolicy`, policy, why));
  }
  return errors;
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');

function validateUrl(at: string, url: string): FieldError[] {
  const parsed = URL.parse(url);
  if (!parsed) return [field.invalid(at, url, 'URL cannot be parsed')];
  const wrong = [
    parsed.protocol !== 'https:' && 'URL scheme must be https',
    (parsed.username || parsed.password) && 'URL must not contain a username or password',
    parsed.search && 'URL must not contain a query',
    parsed.hash && 'URL must not contain a fragment',
  ];
  return wrong.flatMap((why) => (why ? [field.invalid(at, url, why)] : []));
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    // The caller says so, with the field's name.
    return false;
  }
}

const validateRules = (at: string, rules: readonly ClaimValidationRule[]): FieldError[] => [
  ...each(at, rules, validateRule),
  ...duplicates(at, rules, 'claim', ({ claim, expression }) => (expression ? undefined : claim)),
  ...duplicates(at, rules, 'expression', ({ claim, expression }) => (claim ? undefined : expression)),
];

function validateRule(at: string, { claim, requiredValue, expression, message }: ClaimValidationRule): FieldError[] {
  if (claim && expression) return [field.invalid(at, claim, both)];
  if (claim) {
    return message ? [field.invalid(`${at}.message`, message, 'may not be specified when claim is set')] : [];
  }
  if (!expression) return [field.required(at, 'claim or expression is required')];
  const why = 'may not be specified when expression is set';
  return [
    ...(requiredValue ? [field.invalid(`${at}.requiredValue`, requiredValue, why)] : []),
    ...checkExpression(`${at}.expression`, 'claims', expression, 'bool'),
  ];
}

function validateMappings(
  at: string,
  { username = {}, groups = {}, uid = {}, extra = [] }: ClaimMappings,
  rules: readonly ClaimValidationRule[],
): FieldError[] {
  const errors = [
    ...validateMapping(`${at}.username`, username, true),
    ...validateMapping(`${at}.groups`, groups, false),
  ];
  if (uid.claim && uid.expression) errors.push(field.invalid(`${at}.uid`, '', both));
  else if (uid.expression) errors.push(...checkExpression(`${at}.uid.expression`, 'claims', uid.expression, 'any'));
  errors.push(
    ...each(`${at}.extra`, extra, validateExtra),
    ...duplicates(`${at}.extra`, extra, 'key', ({ key }) => key),
  );
  const expressions = [
    username.expression,
    ...rules.map((rule) => rule.expression),
    ...extra.map((one) => one.valueExpression),
  ];
  if (reads(username.expression, 'email') && !expressions.some((text) => reads(text, 'email_verified'))) {
    const why =
      'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';
    errors.push(field.invalid(`${at}.username.expression`, username.expression, why));
  }
  return errors;
}

/** Whether an expression looks at that claim: an address that nobody has verified may be anybody's. */
const reads = (expression: string | undefined, claim: string): boolean =>
  expression !== undefined && new RegExp(`\\bclaims\\s*\\.\\s*\\??\\s*${claim}\\b`).test(expression);

function validateMapping(
  at: string,
  { claim, prefix, expression }: ClaimOrExpression,
  required: boolean,
): FieldError[] {
  if (claim && expression) return [field.invalid(at, '', both)];
  if (expression) {
    const why = 'may not be specified when expression is set';
    return [
      ...(prefix === undefined ? [] : [field.invalid(`${at}.prefix`, prefix, why)]),
      ...checkExpression(`${at}.expression`, 'claims', expression, 'any'),
    ];
  }
  if (!claim) return required ? [field.required(at, 'claim or expression is required')] : [];
  const why = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing';
  return prefix === undefined ? [field.required(`${at}.prefix`, why)] : [];
}

function validateExtra(
  at: string,
  { key = '', valueExpression }: { key?: string; valueExpression?: string },
): FieldError[] {
  const errors = requireDomainPrefixedPath(`${at}.key`, key);
  if (key !== key.toLowerCase()) errors.push(field.invalid(`${at}.key`, key, 'must be lowercase'));
  if (/^([^/]*\.)?(kubernetes|k8s)\.io\//.test(key)) {
    const why = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use';
    errors.push(field.invalid(`${at}.key`, key, why));
  }
  const path = `${at}.valueExpression`;
  errors.push(...(valueExpression ? checkExpression(path, 'claims', valueExpression, 'any') : [field.required(path)]));
  return errors;
}

function checkExpression(at: string, over: 'claims' | 'user', expression: string, result: Result): FieldError[] {
  try {
    compileOver(over, expression, result);
    return [];
  } catch (error) {
    if (error instanceof CompileError) return [field.invalid(at, expression, error.message)];
    throw error;
  }
}
