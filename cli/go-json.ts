/**
 * JSON as Go writes it: keys in order, and `<`, `>`, `&` escaped. What kubectl compares or prints must be the same text.
 */

const escaped: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

export function goJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, sortKeys, indent);
  return text.replace(/[<>&\u2028\u2029]/g, (letter) => escaped[letter]!);
}

/** Replacer of JSON.stringify: the keys of every object in order. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
