/**
 * Versions of a group, the one to prefer first: stable ones before beta ones before alpha ones, the highest first; then what is
 * no such version, in order of the alphabet.
 *
 * Upstream: apimachinery/pkg/version/helpers.go CompareKubeAwareVersionStrings
 */
const stages = ['alpha', 'beta', ''];

/** Compares two versions, for sorting. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  for (const [i, part] of left.entries()) if (part !== right[i]) return right[i]! - part;
  return 0;
}

/** `v1beta2` -> stage, major version, version of the stage. */
function rank(version: string): [number, number, number] | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!match) return undefined;
  return [stages.indexOf(match[2] ?? ''), Number(match[1]), Number(match[3] ?? 0)];
}
