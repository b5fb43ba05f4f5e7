import { expect, test } from 'vitest';
import type { AuditEvent } from '../api/audit-event.ts';
import { row } from './audit/row.ts';
import { Description } from './describe/writer.ts';
import { columns } from './table.ts';
import { escapeLine, escapeTerminal } from './terminal.ts';

test.each([
  ['plain ü\ttext\n', 'plain ü\ttext\n'],
  ['\x1b[2Jgone', '^[[2Jgone'],
  ['hidden\rshown', 'hidden\\rshown'],
  ['\x9b31m\x07\x7f', '\\x9b31m\\x07\\x7f'],
])('%j is shown as %j', (text, shown) => expect(escapeTerminal(text)).toBe(shown));

test('a text that must stay on its line', () => expect(escapeLine('a\nb\x1b')).toBe('a\\nb^['));

test('tables and descriptions show texts of others', () => {
  expect(columns([['a\x1b[31m', 'b\rc']])).toBe('a^[[31m   b\\rc');
  const description = new Description();
  description.field(0, 'Message', '\x1b]0;title\x07');
  expect(description.toString()).toBe('Message:  ^[]0;title\\x07\n');
});

test('nobody writes a line of their own into the list of what was done', () => {
  const event = {
    requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
    auditID: '1',
    verb: 'get',
    user: { username: 'eve' },
    objectRef: { resource: 'pods', name: 'a\n2026-01-01T00:00:01Z   admin' },
    userAgent: 'x\x9b1A',
  } as unknown as AuditEvent;
  const cells = row(event, { namespace: false, wide: true });
  expect(cells).toContain('pods/a\\n2026-01-01T00:00:01Z   admin');
  expect(columns([cells]).split('\n')).toHaveLength(1);
});
