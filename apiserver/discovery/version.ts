/** `/version`: which Kubernetes this server behaves like. Upstream: apimachinery/pkg/version */
import { readFileSync } from 'node:fs';

const build = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** The release that the schema is derived from; the suffix tells that this is not Kubernetes' own server. */
export const versionInfo = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+minik',
  gitCommit: `minik-${build.version}`,
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: `node ${process.version}`,
  compiler: 'none',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};
