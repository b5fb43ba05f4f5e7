/**
 * Reads `--controllers`: `*` is every controller that is on by default, `foo` turns one on, `-foo` off; what is named wins over `*`.
 * Upstream: controller-manager/app/helper.go (IsControllerEnabled)
 */

/** The names to run, in the order of `known`. Throws on a name that is not known. `*` leaves out those that are `disabled`. */
export function selectControllers(
  wanted: readonly string[],
  known: readonly string[],
  disabled: readonly string[] = [],
): string[] {
  for (const text of wanted) {
    const name = text.replace(/^-/, '');
    if (text !== '*' && !known.includes(name))
      throw new Error(`"${name}" is not in the list of known controllers: ${known.join(', ')}`);
  }
  const byDefault = (name: string): boolean => wanted.includes('*') && !disabled.includes(name);
  return known.filter((name) => wanted.includes(name) || (byDefault(name) && !wanted.includes(`-${name}`)));
}
