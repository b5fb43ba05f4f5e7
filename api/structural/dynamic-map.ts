/**
 * An object of JSON as CEL sees it: a map whose values are converted when they are first read, because an expression reads a few
 * fields of an object that has hundreds.
 */
export class DynamicMap extends Map<string, unknown> {
  readonly #convert: (value: unknown) => unknown;
  /** The keys whose values have been converted. */
  #read: Set<string> | undefined;
  #allRead = false;

  /** `convert` is asked at most once for each value. */
  constructor(object: object, convert: (value: unknown) => unknown) {
    super();
    this.#convert = convert;
    for (const key of Object.keys(object)) super.set(key, (object as Record<string, unknown>)[key]);
  }

  override get(key: string): unknown {
    const value = super.get(key);
    // A text is what it is, converted or not.
    if (typeof value === 'string' || this.#allRead || this.#read?.has(key) || !super.has(key)) return value;
    const converted = this.#convert(value);
    super.set(key, converted);
    this.#read ??= new Set();
    this.#read.add(key);
    return converted;
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
    if (this.#allRead) return;
    for (const key of super.keys()) this.get(key);
    this.#allRead = true;
  }
}

// The evaluator tells types by their constructor.
Object.defineProperty(DynamicMap.prototype, 'constructor', { value: Map });
