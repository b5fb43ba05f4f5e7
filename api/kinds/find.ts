/** Finding a kind among the built-in ones by any of the names that people and manifests give it. */
import { apiVersionOf } from '../kind.ts';
import { type AnyKind, allKinds } from './all.ts';

/** The kind of a manifest: `kindFor('apps/v1', 'Deployment')`. */
export const kindFor = (apiVersion: string, kind: string): AnyKind | undefined =>
  allKinds.find((k) => k.kind === kind && apiVersionOf(k) === apiVersion);

/** The kind behind a URL: `resourceFor('apps', 'v1', 'deployments')`. */
export const resourceFor = (group: string, version: string, plural: string): AnyKind | undefined =>
  allKinds.find((k) => k.plural === plural && k.group === group && k.version === version);

/**
 * The kind that a person means: `pods`, `pod`, `po`, `Pod`, and with a group `deployments.apps`, `deployment.v1.apps`.
 * Upstream: the restmapper's ResourceFor with shortcut expansion, over the built-in kinds only.
 */
export function findKind(text: string): AnyKind | undefined {
  const [name = '', ...rest] = text.toLowerCase().split('.');
  const qualifier = rest.join('.');
  const named = allKinds.filter(
    (k) => name === k.plural || name === k.singular || name === k.kind.toLowerCase() || k.shortNames?.includes(name),
  );
  if (!qualifier) return named[0];
  return named.find(
    (k) =>
      qualifier === k.group || qualifier === `${k.version}.${k.group}` || (k.group === '' && qualifier === k.version),
  );
}
