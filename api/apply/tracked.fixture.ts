/** An object with its owners, to apply to and to update in tests, as the registry does it. */
import { expect } from 'vitest';
import { apply, checkConfig } from './apply.ts';
import type { ManagedFieldsEntry } from './entries.ts';
import { type FieldSet, leaf, pathsOf, showPath } from './field-set.ts';
import { entriesAfterUpdate, type Version } from './ownership.ts';
import type { Shape } from './shape.ts';

export interface WriteAs {
  force?: boolean;
  version?: string;
  subresource?: string;
}

/** A version that differs in nothing but its name. */
export const versionOf = (apiVersion: string, shape: Shape, resetFields: FieldSet = leaf): Version => ({
  apiVersion,
  shape,
  resetFields,
  convert: (object) => object,
  convertBack: (object) => object,
});

export class Tracked {
  object: Record<string, unknown> | undefined;
  entries: ManagedFieldsEntry[] = [];
  /** Seconds since 2026 began: the time of the next write. */
  clock = 0;
  readonly #versions: Map<string, Version>;
  readonly #first: string;

  constructor(...versions: Version[]) {
    this.#versions = new Map(versions.map((version) => [version.apiVersion, version]));
    this.#first = versions[0]!.apiVersion;
  }

  #time(): string {
    this.clock += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.clock * 1000).toISOString().replace('.000', '');
  }

  async apply(
    manager: string,
    config: object,
    { force = false, version = this.#first, subresource = '' }: WriteAs = {},
  ) {
    const before = structuredClone([this.object, this.entries, config]);
    const given = [this.object, this.entries, config];
    checkConfig(this.#versions.get(version)!.shape, config);
    const applied = await apply({
      versions: (name) => this.#versions.get(name),
      requested: this.#versions.get(version)!,
      live: this.object ?? {},
      entries: this.entries,
      config,
      manager,
      subresource,
      force,
      time: this.#time(),
    });
    expect(given).toEqual(before);
    if (applied.object) this.object = structuredClone(applied.object) as Record<string, unknown>;
    this.entries = applied.entries;
    return applied;
  }

  async update(manager: string, next: object, { version = this.#first, subresource = '' }: WriteAs = {}) {
    this.entries = await entriesAfterUpdate(
      (name) => this.#versions.get(name),
      this.#versions.get(version)!,
      this.entries,
      this.object,
      next,
      manager,
      subresource,
      this.#time(),
    );
    this.object = structuredClone(next) as Record<string, unknown>;
  }

  /** Whom each field belongs to: `{ 'Apply a': ['.spec.x'] }`. */
  owners(): Record<string, string[]> {
    return Object.fromEntries(
      this.entries.map(({ operation, manager, subresource, fieldsV1 }) => [
        `${operation} ${manager}${subresource ? `/${subresource}` : ''}`,
        pathsOf(fieldsV1).map(showPath),
      ]),
    );
  }
}
