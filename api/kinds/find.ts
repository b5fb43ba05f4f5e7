/** Finding a kind among the built-in ones. */
import { apiVersionOf } from '../kind.ts';
import { type AnyKind, allKinds } from './all.ts';

/** The kind of a manifest: `kindFor('apps/v1', 'Deployment')`. */
export const kindFor = (apiVersion: string, kind: string): AnyKind | undefined =>
  allKinds.find((k) => k.kind === kind && apiVersionOf(k) === apiVersion);
