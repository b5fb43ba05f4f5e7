/** `url`, `isURL` and what a URL consists of. Upstream: apiserver/pkg/cel/library/urls.go */
import type { Environment } from '../engine.ts';

/** Stands in for the host that a path does not have. */
const noHost = 'http://none';

/** A URL as Go parses it: an absolute one, or a path. */
class CelUrl {
  readonly url: URL;
  readonly absolute: boolean;

  constructor(text: string) {
    this.absolute = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text);
    const right = (this.absolute || text.startsWith('/')) && !/[\p{Cc}\s]/u.test(text) && URL.canParse(text, noHost);
    if (!right) {
      const why = `parse ${JSON.stringify(text)}: invalid URI for request`;
      throw new Error(`URL parse error during conversion from string: ${why}`);
    }
    this.url = new URL(text, noHost);
  }

  /** What depends on the URL being absolute. */
  part(value: string): string {
    return this.absolute ? value : '';
  }
}

const canParse = (text: string): boolean => {
  try {
    return new CelUrl(text) !== undefined;
  } catch {
    return false;
  }
};

/** Registers the type and the functions. */
export function registerUrls(environment: Environment): void {
  environment
    .registerType('kubernetes.URL', CelUrl)
    .registerFunction('url(string): kubernetes.URL', (text: string) => new CelUrl(text))
    .registerFunction('isURL(string): bool', canParse)
    .registerFunction('kubernetes.URL.getScheme(): string', (one: CelUrl) => one.part(one.url.protocol.slice(0, -1)))
    .registerFunction('kubernetes.URL.getHost(): string', (one: CelUrl) => one.part(one.url.host))
    .registerFunction('kubernetes.URL.getHostname(): string', (one: CelUrl) =>
      one.part(one.url.hostname.replace(/^\[|\]$/g, '')),
    )
    .registerFunction('kubernetes.URL.getPort(): string', (one: CelUrl) => one.part(one.url.port))
    .registerFunction('kubernetes.URL.getEscapedPath(): string', (one: CelUrl) => one.url.pathname)
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', (one: CelUrl) => {
      const names = new Set(one.url.searchParams.keys());
      return new Map([...names].map((name) => [name, one.url.searchParams.getAll(name)]));
    })
    .registerOperator('kubernetes.URL == kubernetes.URL', (a: CelUrl, b: CelUrl) => a.url.href === b.url.href);
}
