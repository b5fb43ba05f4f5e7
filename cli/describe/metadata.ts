/** The lines that most descriptions begin with. */
import type { KubeObject } from '../../api/types.ts';
import { lastAppliedAnnotation } from '../apply.ts';
import type { Description } from './writer.ts';

/** Name, namespace if it has one, labels and annotations. */
export function describeMetadata({ metadata }: KubeObject, out: Description): void {
  out.field(0, 'Name', metadata.name);
  if (metadata.namespace) out.field(0, 'Namespace', metadata.namespace);
  out.map(0, 'Labels', metadata.labels);
  describeAnnotations(metadata.annotations, out);
}

/** Annotations, without the manifest that apply keeps in one. */
export function describeAnnotations(
  annotations: Record<string, string> | undefined,
  out: Description,
  level = 0,
): void {
  const shown = Object.entries(annotations ?? {}).filter(([key]) => key !== lastAppliedAnnotation);
  out.map(level, 'Annotations', Object.fromEntries(shown), ': ');
}
