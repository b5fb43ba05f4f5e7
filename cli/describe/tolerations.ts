/** Tolerations as descriptions have them. Upstream: kubectl/pkg/describe (printTolerationsMultilineWithIndent) */
import type { Toleration } from '../../api/types.ts';

/** `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s`, `dedicated=web:NoSchedule` */
export function tolerationText({ key, value, effect, operator, tolerationSeconds }: Toleration): string {
  const matched = `${key ?? ''}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
  const exists = operator === 'Exists' && !value ? `${key || effect ? ' ' : ''}op=Exists` : '';
  return `${matched}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
}
