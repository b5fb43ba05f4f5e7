/** A part of the benchmark that can be run by itself. */
import type { Table } from './table.ts';

export interface Options {
  /** How often each comparison is made. */
  rounds: number;
  sampleMs: number;
  quick: boolean;
}

export type Topic = (options: Options) => Promise<Table>;
