/**
 * Which level holds in a namespace, for what is refused, warned of, and noted in the audit log: its labels say it, and what they
 * do not say the server's defaults do.
 *
 *     pod-security.kubernetes.io/enforce: baseline
 *     pod-security.kubernetes.io/warn: restricted
 *     pod-security.kubernetes.io/warn-version: v1.34
 *
 * Upstream: k8s.io/pod-security-admission/api
 */
import { type FieldError, field } from '../../../api/errors.ts';

/** From the laxest to the strictest. */
export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

export interface LevelVersion {
  level: Level;
  /** `latest`, or `v1.34`. */
  version: string;
}

export const modes = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof modes)[number];
export type Policy = Readonly<Record<Mode, LevelVersion>>;

const labelPrefix = 'pod-security.kubernetes.io/';
/** The label of a mode's level; `-version` behind it makes that of its version. */
export const labelOf = (mode: Mode): string => labelPrefix + mode;

/** `restricted:latest` */
export const textOf = ({ level, version }: LevelVersion): string => `${level}:${version}`;

export const isSame = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version;

export const isFullyPrivileged = (policy: Policy): boolean =>
  modes.every((mode) => policy[mode].level === 'privileged');

const isLevel = (text: string): text is Level => (levels as readonly string[]).includes(text);
const isVersion = (text: string): boolean => text === 'latest' || /^v1\.(0|[1-9][0-9]*)$/.test(text);

export const levelError = (path: string, value: string): FieldError[] =>
  isLevel(value) ? [] : [field.invalid(path, value, `must be one of ${levels.join(', ')}`)];
export const versionError = (path: string, value: string): FieldError[] =>
  isVersion(value) ? [] : [field.invalid(path, value, 'must be "latest" or "v1.x"')];

/**
 * The policy of a namespace with these labels, and what is wrong with them. A level that cannot be read is the strictest for what
 * is enforced, and the laxest for what is only said.
 */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
  defaults: Policy,
): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  if (!labels) return { policy: defaults, errors };
  const read = (mode: Mode): LevelVersion => {
    let { level, version } = defaults[mode];
    const [levelKey, versionKey] = [labelOf(mode), `${labelOf(mode)}-version`];
    const { [levelKey]: levelText, [versionKey]: versionText } = labels;
    if (levelText !== undefined) {
      errors.push(...levelError(`metadata.labels[${levelKey}]`, levelText));
      level = isLevel(levelText) ? levelText : mode === 'enforce' ? 'restricted' : 'privileged';
    }
    if (versionText !== undefined) {
      errors.push(...versionError(`metadata.labels[${versionKey}]`, versionText));
      version = isVersion(versionText) ? versionText : 'latest';
    }
    return { level, version };
  };
  return { policy: { enforce: read('enforce'), audit: read('audit'), warn: read('warn') }, errors };
}
