import { describe, expect, test } from 'vitest';
import { rewriteHtml, rewriteUrl } from './rewrite.ts';

const prefix = '/api/v1/namespaces/default/pods/web/proxy';
const through = { prefix, hosts: ['127.0.0.1:6443', '10.244.0.5:8080'] };

describe('a URL behind the proxy', () => {
  const cases: [string, string, string][] = [
    ['that is absolute leads through it', '/a/b?c=d#e', `${prefix}/a/b?c=d#e`],
    ['of the server itself too', 'http://10.244.0.5:8080/a', `${prefix}/a`],
    ['of the server, without a path', 'http://10.244.0.5:8080', `${prefix}/`],
    ['of the proxy’s own host too', '//127.0.0.1:6443/a', `${prefix}/a`],
    ['of another host stays', 'https://example.com/a', 'https://example.com/a'],
    ['that is relative stays', 'a/b', 'a/b'],
    ['that leads through it already stays', `${prefix}/a`, `${prefix}/a`],
    ['of another kind stays', 'mailto:/someone', 'mailto:/someone'],
    ['that is empty stays', '', ''],
  ];
  test.each(cases)('%s', (_, url, expected) => expect(rewriteUrl(url, through)).toBe(expected));
});

test('links of a page lead through the proxy; its text does not change', () => {
  const page = `<!doctype html><a class="x" href="/rewriteme">test /href="/a"</a><img src='/i.png' alt="/x"><p href="/p">
<form action=/go method=post><script src="lib.js"></script><a title="a > b" href="/q">`;
  expect(rewriteHtml(page, through)).toBe(
    `<!doctype html><a class="x" href="${prefix}/rewriteme">test /href="/a"</a><img src="${prefix}/i.png" alt="/x"><p href="/p">
<form action="${prefix}/go" method=post><script src="lib.js"></script><a title="a > b" href="${prefix}/q">`,
  );
});
