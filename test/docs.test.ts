/** Documents stay true: every relative link in them leads to something that is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

test.each(documents)('%s', (file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)|<a href="([^"#]+)/g)]
    .map((match) => (match[1] ?? match[2])!)
    .filter((link) => !link.includes(':'));
  expect(links.filter((link) => !existsSync(resolve(root, dirname(file), link)))).toEqual([]);
});
