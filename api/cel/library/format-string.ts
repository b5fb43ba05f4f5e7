/** `"%s has %d".format([name, count])`. Upstream: cel-go/ext/formatting.go */

/** Fills in the clauses of a format, each with the next argument. */
export function formatString(format: string, args: unknown[]): string {
  let next = 0;
  return format.replace(/%(?:%|(?:\.(\d+))?(.))/gs, (clause, digits: string | undefined, verb: string | undefined) => {
    if (clause === '%%') return '%';
    if (next >= args.length) throw new Error(`index ${next} out of range`);
    const value = args[next++];
    const precision = digits === undefined ? undefined : Number(digits);
    switch (verb) {
      case 's':
        return formatValue(value);
      case 'd':
        if (typeof value !== 'bigint') throw new Error('decimal clause can only be used on integers');
        return String(value);
      case 'f':
        return Number(value).toFixed(precision ?? 6);
      case 'e':
        return Number(value)
          .toExponential(precision ?? 6)
          .replace(/e([+-])(\d)$/, 'e$10$2');
      case 'b':
        return typeof value === 'boolean' ? (value ? '1' : '0') : BigInt(value as bigint).toString(2);
      case 'x':
      case 'X': {
        const hex = typeof value === 'bigint' ? value.toString(16) : Buffer.from(value as string).toString('hex');
        return verb === 'X' ? hex.toUpperCase() : hex;
      }
      case 'o':
        return BigInt(value as bigint).toString(8);
      default:
        throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    }
  });
}

function formatValue(value: unknown): string {
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, one]) => `${formatValue(key)}: ${formatValue(one)}`).join(', ')}}`;
  }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return formatValue(new Map(Object.entries(value)));
  }
  return String(value);
}
