/**
 * Literals that the engine's parser does not know, as calls that it does: objects of named types, and optional entries.
 *
 *     Object.spec{replicas: 1, ?paused: p}  ->  __object("Object.spec", {"replicas": 1, "?paused": p})
 *     {?"a": x, "b": y}                     ->  __map({__optional("a"): x, "b": y})
 *     [?x, y]                               ->  __list([__optional(x), y])
 *
 * What the calls mean is in `library/literals.ts`. Upstream: cel-go's grammar, github.com/google/cel-go/parser/gen/CEL.g4
 */

export interface Rewritten {
  text: string;
  /** Names of the types of the objects. */
  types: ReadonlySet<string>;
  /** Where a character of the text stood in the original. */
  originOf(position: number): number;
}

/** A piece of the text, and where it comes from. */
interface Piece {
  text: string;
  from: number;
}

/** An open bracket. */
interface Frame {
  kind: 'object' | 'map' | 'list' | 'group';
  opening: Piece;
  /** It has optional entries. */
  optional: boolean;
}

const skipped = /(?:\s+|\/\/[^\n]*)+/y;
const quoted =
  /[rR]?[bB]?[rR]?(?:"""[\s\S]*?(?:(?<!\\)"""|$)|'''[\s\S]*?(?:(?<!\\)'''|$)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?)/y;
/** `Object.spec`, `a.b.c`, `in`. */
const names = /[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*/y;
const number = /\d\w*/y;
const brace = /\s*\{/y;
const fieldName = /(\??)\s*([A-Za-z_]\w*)(?=\s*:)/y;

/** What the pattern finds at that place. */
function at(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

/** Most expressions have none of these, and stay as they are. */
const mayHave = /[\w]\s*\{|[{[,]\s*\?/;

/** Rewrites an expression; what is wrong with it is left to the parser. */
export function rewriteLiterals(expression: string): Rewritten {
  if (!mayHave.test(expression)) return { text: expression, types: new Set(), originOf: (position) => position };
  return new Rewriter(expression).rewrite();
}

const closing: Record<string, string> = { '}': '})', ']': '])' };

class Rewriter {
  readonly #text: string;
  #position = 0;
  readonly #pieces: Piece[] = [];
  readonly #frames: Frame[] = [];
  readonly #types = new Set<string>();
  /** At the beginning of an entry of the innermost bracket. */
  #entry = false;
  /** After a value. */
  #operand = false;
  /** Optional items of lists, whose expression ends where the entry does. */
  readonly #open = new Set<Frame>();

  constructor(text: string) {
    this.#text = text;
  }

  rewrite(): Rewritten {
    while (this.#position < this.#text.length) this.#step();
    return { text: this.#pieces.map(({ text }) => text).join(''), types: this.#types, originOf: this.#origins() };
  }

  #step(): void {
    const frame = this.#frames.at(-1);
    const space = at(skipped, this.#text, this.#position);
    if (space) {
      this.#copy(space[0].length);
    } else if (!(this.#entry && frame && this.#beginEntry(frame))) {
      this.#entry = false;
      this.#token(frame);
    }
  }

  #token(frame: Frame | undefined): void {
    const literal = at(quoted, this.#text, this.#position) ?? at(number, this.#text, this.#position);
    const name = literal ? null : at(names, this.#text, this.#position)?.[0];
    const open = name && name !== 'in' ? at(brace, this.#text, this.#position + name.length) : null;
    if (name && open) {
      this.#openObject(name, name.length + open[0].length);
    } else if (literal || name) {
      this.#copy((literal?.[0] ?? name!).length);
      this.#operand = name !== 'in';
    } else {
      this.#punctuation(this.#text[this.#position]!, frame);
    }
  }

  /** The name of a field, or the mark of an optional entry. */
  #beginEntry(frame: Frame): boolean {
    this.#entry = false;
    if (frame.kind === 'object') {
      const field = at(fieldName, this.#text, this.#position);
      if (!field) return false;
      this.#put(`"${field[1]}${field[2]}"`, field[0].length);
      return true;
    }
    if (this.#text[this.#position] !== '?') return false;
    frame.optional = true;
    this.#open.add(frame);
    this.#put('__optional(', 1);
    return true;
  }

  #openObject(name: string, length: number): void {
    const type = name.replaceAll(/\s/g, '');
    this.#types.add(type);
    this.#put(`__object("${type}", {`, length);
    this.#push('object');
  }

  #punctuation(character: string, frame: Frame | undefined): void {
    switch (character) {
      case '{':
      case '[':
      case '(': {
        // After an operand it is an index, or the arguments of a call.
        const kind = this.#operand || character === '(' ? 'group' : character === '{' ? 'map' : 'list';
        this.#copy(1);
        this.#push(kind);
        return;
      }
      case ':':
        if (frame?.kind === 'map') this.#closeOptional(frame);
        this.#copy(1);
        this.#operand = false;
        return;
      case ',':
        if (frame) this.#closeOptional(frame);
        this.#copy(1);
        this.#entry = frame !== undefined && frame.kind !== 'group';
        this.#operand = false;
        return;
      case '}':
      case ']':
      case ')':
        this.#close(character, frame);
        return;
      default:
        this.#copy(1);
        this.#operand = false;
    }
  }

  #close(character: string, frame: Frame | undefined): void {
    if (frame) this.#closeOptional(frame);
    this.#frames.pop();
    this.#entry = false;
    const wrapped = frame?.kind === 'object' || frame?.optional === true;
    if (frame?.optional && frame.kind !== 'object') frame.opening.text = `__${frame.kind}(${frame.opening.text}`;
    this.#put(wrapped ? (closing[character] ?? character) : character, 1);
    this.#operand = true;
  }

  /** Ends the key of an optional entry of a map, or an optional item of a list. */
  #closeOptional(frame: Frame): void {
    if (this.#open.delete(frame)) this.#put(')', 0);
  }

  #push(kind: Frame['kind']): void {
    this.#frames.push({ kind, opening: this.#pieces.at(-1)!, optional: false });
    this.#entry = kind !== 'group';
    this.#operand = false;
  }

  #copy(length: number): void {
    this.#put(this.#text.slice(this.#position, this.#position + length), length);
  }

  #put(text: string, length: number): void {
    this.#pieces.push({ text, from: this.#position });
    this.#position += length;
  }

  #origins(): (position: number) => number {
    return (position) => {
      let end = 0;
      for (const { text, from } of this.#pieces) {
        end += text.length;
        if (position < end) return from + (this.#text.startsWith(text, from) ? position - (end - text.length) : 0);
      }
      return this.#text.length;
    };
  }
}
