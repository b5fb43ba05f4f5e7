/** The words of expressions, names of fields among them: what none of them names need not be declared. */
export const wordsOf = (expressions: string[]): Set<string> =>
  new Set(expressions.flatMap((text) => text.match(/\w+/g) ?? []));
