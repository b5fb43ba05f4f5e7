/**
 * Reads `--controllers`: `*` is every controller, `foo` turns one on, `-foo` off; what is named wins over `*`.
 * Upstream: controller-manager/app/helper.go (IsControllerEnabled)
 */

/** The names to run, in the order of `known`. Throws on a name that is not known. */
export function selectControllers(wanted: readonly string[], known: readonly string[]): string[] {
  for (const text of wanted) {
    const name = text.replace(/^-/, '');
    if (text !== '*' && !known.includes(name))
      throw new Error(`"${name}" is not in the list of known controllers: ${known.join(', ')}`);
  }
  return known.filter((name) => wanted.includes(name) || (wanted.includes('*') && !wanted.includes(`-${name}`)));
}
