/**
 * Links of a proxied page that are absolute at its server lead through the proxy again. Pure.
 *
 * Upstream: apimachinery/pkg/util/proxy/transport.go
 */

/** The attributes of HTML that hold URLs, by tag. */
const urlAttributes: Record<string, readonly string[]> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** How the page is reached: the path of the proxy, and the hosts that stand for the page's own. */
export interface Through {
  /** `/api/v1/namespaces/default/pods/web/proxy` */
  prefix: string;
  hosts: readonly string[];
}

/** The URL by way of the proxy; one that is relative, or of another host, as it is. */
export function rewriteUrl(target: string, { prefix, hosts }: Through): string {
  const [, host, path = ''] = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/([^/?#]*))?(.*)$/is.exec(target) ?? [];
  if (host !== undefined && !hosts.includes(host)) return target;
  const full = host !== undefined && path === '' ? '/' : path;
  if (!full.startsWith('/') || (host === undefined && !target.startsWith('/'))) return target;
  return full.startsWith(`${prefix}/`) || full === prefix ? full : prefix + full;
}

const tag = /<([a-z][a-z0-9]*)(\s(?:[^<>"']|"[^"]*"|'[^']*')*)>/gi;
const attribute = /(\s)([a-z-]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

/** The page with its links rewritten. */
export const rewriteHtml = (html: string, through: Through): string =>
  html.replace(tag, (whole, name: string, attributes: string) => {
    const known = urlAttributes[name.toLowerCase()];
    if (!known) return whole;
    const changed = attributes.replace(attribute, (text, space, key: string, equals, double, single, bare) => {
      if (!known.includes(key.toLowerCase())) return text;
      return `${space}${key}${equals}"${rewriteUrl(double ?? single ?? bare, through)}"`;
    });
    return `<${name}${changed}>`;
  });
