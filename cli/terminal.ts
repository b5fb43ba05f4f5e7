/**
 * Texts of others, made harmless for a terminal: what would move its cursor or change its title is shown instead of done.
 *
 * Upstream: cli-runtime/pkg/printers/terminal.go, which knows the escape and the carriage return only
 */

/** Everything but tabs and newlines; beyond ASCII there is a second set. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

const named: Record<string, string> = { '\x1b': '^[', '\r': '\\r' };

/** `^[[31m` for the escape that would turn the text red. */
export const escapeTerminal = (text: string): string =>
  text.replace(controls, (one) => named[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The same for a text that must stay on its line. */
export const escapeLine = (text: string): string => escapeTerminal(text).replaceAll('\n', '\\n');
