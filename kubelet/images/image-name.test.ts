import { expect, test } from 'vitest';
import { registryOf, withDefaultTag } from './image-name.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each<[string, string | undefined, string]>([
  ['busybox', 'busybox:latest', 'docker.io'],
  ['busybox:1.35', 'busybox:1.35', 'docker.io'],
  ['library/busybox', 'library/busybox:latest', 'docker.io'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest', 'localhost:5000'],
  ['ghcr.io/x/y:v1', 'ghcr.io/x/y:v1', 'ghcr.io'],
  [`busybox@${digest}`, `busybox@${digest}`, 'docker.io'],
  [`busybox:1@${digest}`, `busybox:1@${digest}`, 'docker.io'],
  ['Busybox', undefined, 'docker.io'],
  ['a b', undefined, 'docker.io'],
  ['busybox:', undefined, 'docker.io'],
  ['', undefined, 'docker.io'],
  ['http://x/y', undefined, 'http:'],
])('%s', (image, tagged, registry) => {
  expect(withDefaultTag(image)).toBe(tagged);
  expect(registryOf(image)).toBe(registry);
});
