/**
 * Gets a container's image ready, without holding up the pod's worker: a pull runs beside it, and the worker is woken
 * when it ends. Failed pulls back off per pod and image: 10 s, 20 s, ... 5 min.
 *
 * Upstream: pkg/kubelet/images/image_manager.go
 */
import type { Container, Pod } from '../../api/types.ts';
import type { EventType } from '../../client/events.ts';
import type { Image, ImageAuth, ImageService } from '../runtime/runtime.ts';
import { withDefaultTag } from './image-name.ts';

export type ImageOutcome =
  | { state: 'present'; image: Image }
  | { state: 'pulling' }
  | { state: 'failed'; reason: string; message: string; retryMs: number | undefined };

export interface ImagePullerOptions {
  images: ImageService;
  /** Tells the user, about one container of the pod. */
  event(pod: Pod, container: Container, type: EventType, reason: string, message: string): void;
  credentials(pod: Pod, image: string): Promise<ImageAuth | undefined>;
  /** Wakes the pod's worker. */
  wake(podUid: string): void;
  now(): number;
  signal: AbortSignal;
}

interface Pull {
  state: 'pulling' | 'done' | 'failed';
  image?: Image;
}

interface Backoff {
  delayMs: number;
  until: number;
  message: string;
}

const backoff = { baseMs: 10_000, maxMs: 300_000 };

export class ImagePuller {
  readonly #options: ImagePullerOptions;
  /** One pull for each attempt of a container, so that `Always` pulls once an attempt. */
  readonly #pulls = new Map<string, Pull>();
  readonly #backoffs = new Map<string, Backoff>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
  }

  /** Where the image of this attempt of the container stands; starts a pull where one is due. */
  async ensure(pod: Pod, container: Container, attempt: number): Promise<ImageOutcome> {
    const { images, event, now } = this.#options;
    const given = container.image ?? '';
    const image = withDefaultTag(given);
    if (!image) {
      const message = `Failed to apply default image tag ${JSON.stringify(given)}: couldn't parse image name ${JSON.stringify(given)}: invalid reference format`;
      event(pod, container, 'Warning', 'InspectFailed', message);
      return { state: 'failed', reason: 'InvalidImageName', message, retryMs: backoff.maxMs };
    }
    const attemptKey = `${pod.metadata.uid}_${container.name}_${attempt}`;
    const pull = this.#pulls.get(attemptKey);
    if (pull?.state === 'pulling') return { state: 'pulling' };
    if (pull?.state === 'done') {
      this.#pulls.delete(attemptKey);
      return { state: 'present', image: pull.image! };
    }

    const backoffKey = `${pod.metadata.uid}_${given}`;
    if (pull?.state === 'failed') {
      this.#pulls.delete(attemptKey);
      const { message, until } = this.#backoffs.get(backoffKey)!;
      return { state: 'failed', reason: 'ErrImagePull', message, retryMs: Math.max(0, Math.min(until - now(), 1000)) };
    }

    const present = await images.status(image);
    if (present && container.imagePullPolicy !== 'Always') {
      const message = `Container image "${given}" already present on machine and can be accessed by the pod`;
      event(pod, container, 'Normal', 'Pulled', message);
      return { state: 'present', image: present };
    }
    if (container.imagePullPolicy === 'Never') {
      const message = `Container image "${given}" is not present with pull policy of Never`;
      event(pod, container, 'Warning', 'ErrImageNeverPull', message);
      return { state: 'failed', reason: 'ErrImageNeverPull', message, retryMs: backoff.baseMs };
    }
    const waiting = this.#backoffs.get(backoffKey);
    if (waiting && now() < waiting.until) {
      const message = `Back-off pulling image "${given}"`;
      event(pod, container, 'Normal', 'BackOff', message);
      const full = `${message}: ErrImagePull: ${waiting.message}`;
      return { state: 'failed', reason: 'ImagePullBackOff', message: full, retryMs: waiting.until - now() };
    }
    event(pod, container, 'Normal', 'Pulling', `Pulling image "${given}"`);
    this.#pulls.set(attemptKey, { state: 'pulling' });
    void this.#pull(pod, container, image, attemptKey, backoffKey);
    return { state: 'pulling' };
  }

  /** Forgets a pod that is gone. */
  forget(podUid: string): void {
    for (const map of [this.#pulls, this.#backoffs])
      for (const key of map.keys()) if (key.startsWith(`${podUid}_`)) map.delete(key);
  }

  async #pull(pod: Pod, container: Container, image: string, attemptKey: string, backoffKey: string): Promise<void> {
    const { images, event, credentials, wake, now, signal } = this.#options;
    const started = now();
    try {
      const pulled = await images.pull(image, await credentials(pod, image), signal);
      const seconds = `${((now() - started) / 1000).toFixed(3)}s`;
      const size = `Image size: ${pulled.sizeBytes} bytes.`;
      const message = `Successfully pulled image "${container.image}" in ${seconds} (${seconds} including waiting). ${size}`;
      event(pod, container, 'Normal', 'Pulled', message);
      this.#backoffs.delete(backoffKey);
      this.#pulls.set(attemptKey, { state: 'done', image: pulled });
    } catch (error) {
      const { message } = error as Error;
      event(pod, container, 'Warning', 'Failed', `Failed to pull image "${container.image}": ${message}`);
      const delayMs = Math.min((this.#backoffs.get(backoffKey)?.delayMs ?? backoff.baseMs / 2) * 2, backoff.maxMs);
      this.#backoffs.set(backoffKey, { delayMs, until: now() + delayMs, message });
      this.#pulls.set(attemptKey, { state: 'failed' });
    }
    wake(pod.metadata.uid ?? '');
  }
}
