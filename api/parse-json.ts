/**
 * JSON bodies: parsing with Go's error texts, and the duplicate keys that strict decoding refuses and JSON.parse hides.
 *
 * Upstream: encoding/json scanner errors, sigs.k8s.io/json (duplicate fields).
 */

export interface ParsedBody {
  value: unknown;
  /** `duplicate field "spec.containers[0].name"` for JSON; the text of a strict decoder error for YAML. */
  duplicates: string[];
  /** The JSON text, which tells the order of what is found wrong. */
  text?: string;
}

/** Parses JSON. Throws a SyntaxError such as `unexpected end of JSON input`. */
export function parseJson(text: string, findDuplicates: boolean): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    // JSON.parse's own texts name neither what was expected nor, reliably, where.
    new Scanner(text).scan();
    throw new SyntaxError('invalid JSON');
  }
  // A text with as many keys as its value repeats none. Finding which takes much longer than counting.
  const repeats = keysInText(text) !== keysInValue(value);
  return { value, duplicates: findDuplicates && repeats ? new Scanner(text).scan() : [], text };
}

/**
 * What a strict decoder says of a body that repeats keys and has unknown fields: in the order of the document, and nothing of
 * what is inside of an unknown field.
 */
export function strictErrors({ duplicates, text }: ParsedBody, unknown: string[]): string[] {
  if (duplicates.length === 0) return unknown;
  if (unknown.length === 0 || text === undefined) return [...duplicates, ...unknown];
  return new Scanner(text, unknown).scan();
}

/** JSON nests no deeper than this in a body: beyond, a recursive walk of the object could exhaust the stack. */
const maxDepth = 1_000;

/**
 * A body has no more objects and lists than this. More of them do not fit into the 1.5 MB that a store takes, but to check a million
 * empty ones takes many seconds.
 */
const maxObjects = 200_000;

/** Throws for a value, from JSON or not, that has too many of them. */
export function checkObjectCount(value: unknown): void {
  if (objectsIn(value) > maxObjects) throw tooManyObjects();
}

const tooManyObjects = (): SyntaxError => new SyntaxError('exceeded max number of objects');

function objectsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let objects = 1;
  for (const inner of Object.values(value)) objects += objectsIn(inner);
  return objects;
}

const [quote, backslash, colon, brace, bracket, braceEnd, bracketEnd] = [...'"\\:{[}]'].map((c) => c.charCodeAt(0));

/** The keys in valid JSON text, repeated ones too. Throws when it nests too deep, or has too many objects. */
function keysInText(text: string): number {
  let keys = 0;
  let depth = 0;
  let objects = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      for (i += 1; text.charCodeAt(i) !== quote; i++) if (text.charCodeAt(i) === backslash) i += 1;
    } else if (code === colon) keys += 1;
    else if (code === brace || code === bracket) {
      depth += 1;
      objects += 1;
      if (depth > maxDepth) throw new SyntaxError('exceeded max depth');
      if (objects > maxObjects) throw tooManyObjects();
    } else if (code === braceEnd || code === bracketEnd) depth -= 1;
  }
  return keys;
}

function keysInValue(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) for (const item of value) keys += keysInValue(item);
  else for (const key in value) keys += 1 + keysInValue((value as Record<string, unknown>)[key]);
  return keys;
}

/**
 * Walks JSON text, collecting the paths of keys that an object has twice, among the unknown fields that it is told of; throws
 * at the first syntax error.
 */
class Scanner {
  #text: string;
  #at = 0;
  #found: string[] = [];
  /** As the check of fields has found them: `unknown field "spec.foo"`. */
  #unknown: Set<string>;
  /** How many unknown fields it is inside of. */
  #insideUnknown = 0;

  constructor(text: string, unknown: string[] = []) {
    this.#text = text;
    this.#unknown = new Set(unknown);
  }

  scan(): string[] {
    this.#value('', 0, 'looking for beginning of value');
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return this.#found;
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #unexpected(where: string): SyntaxError {
    const character = this.#text[this.#at];
    if (character === undefined) return new SyntaxError('unexpected end of JSON input');
    const shown =
      character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
    return new SyntaxError(`invalid character ${shown} ${where}`);
  }

  #value(path: string, depth: number, where: string): void {
    if (depth > maxDepth) throw new SyntaxError('exceeded max depth');
    this.#space();
    const start = this.#text[this.#at];
    if (start === '{') this.#object(path, depth);
    else if (start === '[') this.#array(path, depth);
    else if (start === '"') this.#string();
    else if (start !== undefined && '-0123456789'.includes(start)) this.#number();
    else if (start === 't') this.#literal('true');
    else if (start === 'f') this.#literal('false');
    else if (start === 'n') this.#literal('null');
    else throw this.#unexpected(where);
  }

  #object(path: string, depth: number): void {
    const seen = new Set<string>();
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      const inner = path ? `${path}.${key}` : key;
      const isUnknown = this.#unknown.has(`unknown field "${inner}"`);
      if (this.#insideUnknown === 0) {
        if (isUnknown && !seen.has(key)) this.#found.push(`unknown field "${inner}"`);
        else if (!isUnknown && seen.has(key)) this.#found.push(`duplicate field "${inner}"`);
      }
      seen.add(key);
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key');
      this.#at += 1;
      if (isUnknown) this.#insideUnknown += 1;
      this.#value(inner, depth + 1, 'looking for beginning of value');
      if (isUnknown) this.#insideUnknown -= 1;
      this.#space();
      if (this.#text[this.#at] === ',') this.#at += 1;
      else if (this.#text[this.#at] === '}') break;
      else throw this.#unexpected('after object key:value pair');
    }
    this.#at += 1;
  }

  #array(path: string, depth: number): void {
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at += 1;
      return;
    }
    for (let i = 0; ; i++) {
      this.#value(`${path}[${i}]`, depth + 1, 'looking for beginning of value');
      this.#space();
      if (this.#text[this.#at] === ',') this.#at += 1;
      else if (this.#text[this.#at] === ']') break;
      else throw this.#unexpected('after array element');
    }
    this.#at += 1;
  }

  /** Stands on the opening quote; returns the decoded text and stands behind the closing one. */
  #string(): string {
    const start = this.#at;
    for (this.#at += 1; ; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.#unexpected('in string literal');
      if (character === '"') break;
      if (character < ' ') throw this.#unexpected('in string literal');
      if (character === '\\') this.#escape();
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    this.#at += 1;
    const character = this.#text[this.#at];
    if (character === undefined || !'"\\/bfnrtu'.includes(character)) throw this.#unexpected('in string escape code');
    if (character !== 'u') return;
    for (let i = 0; i < 4; i++) {
      this.#at += 1;
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? ''))
        throw this.#unexpected('in \\u hexadecimal character escape');
    }
  }

  #number(): void {
    const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/.exec(this.#text.slice(this.#at, this.#at + 1100));
    if (!match) {
      this.#at += 1;
      throw this.#unexpected('in numeric literal');
    }
    this.#at += match[0].length;
    const next = this.#text[this.#at] ?? '';
    if (/\d/.test(next)) throw this.#unexpected('after top-level value');
    if (next === '.' || /[eE]/.test(next)) {
      this.#at += 1;
      throw this.#unexpected(
        next === '.' ? 'after decimal point in numeric literal' : 'in exponent of numeric literal',
      );
    }
  }

  #literal(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at += 1) {
      if (this.#text[this.#at] !== word[i]) throw this.#unexpected(`in literal ${word} (expecting '${word[i]}')`);
    }
  }
}
