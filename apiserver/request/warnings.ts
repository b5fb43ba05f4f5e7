/**
 * Warnings as headers. A client refuses an answer whose headers are too long, so of many or long warnings only the beginnings
 * are sent.
 *
 * Upstream: apiserver/pkg/endpoints/filters/warning.go
 */
const maxTotal = 4096;
const maxEach = 256;

/** The values of the `Warning` headers. */
export function warningHeaders(warnings: readonly string[]): string[] {
  const different = [...new Set(warnings)];
  const total = different.reduce((sum, text) => sum + text.length, 0);
  if (total <= maxTotal) return different.map(warningValue);
  let left = maxTotal;
  const sent: string[] = [];
  for (const text of different) {
    const cut = text.slice(0, maxEach);
    left -= cut.length;
    if (left < 0) break;
    sent.push(warningValue(cut));
  }
  return sent;
}

/** RFC 7234: code, agent, quoted text. What is not printable Latin-1 would break the header. */
const warningValue = (text: string): string =>
  `299 - "${text.replace(/[^ -~\u00a0-\u00ff]/g, '?').replace(/["\\]/g, '\\$&')}"`;
