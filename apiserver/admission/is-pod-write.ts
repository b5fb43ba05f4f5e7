/** Plugins about pods look at creates and at updates of the pod itself, not of its subresources. */
import type { Admission } from './plugin.ts';

export const isPodWrite = ({ operation, resource: { kind }, subresource }: Admission): boolean =>
  operation !== 'delete' && kind.plural === 'pods' && kind.group === '' && subresource === '';
