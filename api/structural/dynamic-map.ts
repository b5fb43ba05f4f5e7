/**
 * An object of JSON as CEL sees it: a map whose values are converted when they are first read, because an expression reads a few
 * fields of an object that has hundreds.
 */
export class DynamicMap extends Map<string, unknown> {
  readonly #convert: (value: unknown) => unknown;
  /** The keys whose values nobody has read. */
  readonly #unread = new Set<string>();

  /** `convert` is asked at most once for each value. */
  constructor(object: object, convert: (value: unknown) => unknown) {
    super();
    this.#convert = convert;
    for (const [key, value] of Object.entries(object)) {
      super.set(key, value);
      if (typeof value !== 'string') this.#unread.add(key);
    }
  }

  override get(key: string): unknown {
    if (this.#unread.size > 0 && this.#unread.delete(key)) super.set(key, this.#convert(super.get(key)));
    return super.get(key);
  }

  override entries(): MapIterator<[string, unknown]> {
    this.#convertAll();
    return super.entries();
  }

  override values(): MapIterator<unknown> {
    this.#convertAll();
    return super.values();
  }

  override forEach(callback: (value: unknown, key: string, map: Map<string, unknown>) => void): void {
    this.#convertAll();
    super.forEach(callback);
  }

  override [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.entries();
  }

  #convertAll(): void {
    for (const key of this.#unread) super.set(key, this.#convert(super.get(key)));
    this.#unread.clear();
  }
}

// The evaluator tells types by their constructor.
Object.defineProperty(DynamicMap.prototype, 'constructor', { value: Map });
