import { describe, expect, test } from 'vitest';
import { container, pod } from '../pods/fixtures.ts';
import type { Image, ImageService } from '../runtime/runtime.ts';
import { ImagePuller } from './image-puller.ts';

const image = (name: string): Image => ({
  id: name,
  repoTags: [name],
  repoDigests: [],
  sizeBytes: 7,
  ref: name,
  user: '',
});

/** A puller over images that are present, and a registry whose answers a test decides. */
function setUp(present: string[], pull: ImageService['pull'] = async (name) => image(name)) {
  let now = 0;
  const told: string[] = [];
  const woken = Promise.withResolvers<void>();
  const images: ImageService = {
    status: async (name) => (present.includes(name) ? image(name) : undefined),
    list: async () => [],
    pull,
    remove: async () => undefined,
  };
  const puller = new ImagePuller({
    images,
    event: (_pod, _container, type, reason, message) => told.push(`${type} ${reason}: ${message}`),
    credentials: async () => undefined,
    wake: () => woken.resolve(),
    now: () => now,
    signal: new AbortController().signal,
  });
  const ensure = async (name: string, policy: string, attempt = 0): Promise<string> => {
    const outcome = await puller.ensure(pod(), container('app', { image: name, imagePullPolicy: policy }), attempt);
    return outcome.state === 'failed' ? `${outcome.reason}: ${outcome.message}` : outcome.state;
  };
  const at = (ms: number): void => {
    now = ms;
  };
  return { ensure, told, woken: woken.promise, at };
}

describe('an image', () => {
  test('that is here is used, unless the policy is Always', async () => {
    const { ensure, told, woken } = setUp(['busybox:1.35']);
    expect(await ensure('busybox:1.35', 'IfNotPresent')).toBe('present');
    expect(told).toEqual([
      'Normal Pulled: Container image "busybox:1.35" already present on machine and can be accessed by the pod',
    ]);
    expect(await ensure('busybox:1.35', 'Always')).toBe('pulling');
    await woken;
    expect(await ensure('busybox:1.35', 'Always')).toBe('present');
    expect(told.slice(1)).toEqual([
      'Normal Pulling: Pulling image "busybox:1.35"',
      'Normal Pulled: Successfully pulled image "busybox:1.35" in 0.000s (0.000s including waiting). Image size: 7 bytes.',
    ]);
  });

  test('that is not here is not pulled with the policy Never', async () => {
    expect(await setUp([]).ensure('a', 'Never')).toBe(
      'ErrImageNeverPull: Container image "a" is not present with pull policy of Never',
    );
  });

  test('that cannot be pulled is tried again after a delay', async () => {
    const { ensure, woken, at } = setUp([], () => Promise.reject(new Error('no such host')));
    const why = 'no such host';
    expect(await ensure('a:1', 'IfNotPresent')).toBe('pulling');
    await woken;
    expect(await ensure('a:1', 'IfNotPresent')).toBe(`ErrImagePull: ${why}`);
    at(9_999);
    expect(await ensure('a:1', 'IfNotPresent')).toBe(
      `ImagePullBackOff: Back-off pulling image "a:1": ErrImagePull: ${why}`,
    );
    at(10_000);
    expect(await ensure('a:1', 'IfNotPresent')).toBe('pulling');
  });

  test('of no valid name is refused', async () => {
    expect(await setUp([]).ensure('A', 'Always')).toBe(
      'InvalidImageName: Failed to apply default image tag "A": couldn\'t parse image name "A": invalid reference format',
    );
  });
});
