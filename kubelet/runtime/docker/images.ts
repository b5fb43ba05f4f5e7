/** Images of the Docker engine. */
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageInfo, ImageInspectInfo } from 'dockerode';
import { type Image, type ImageAuth, type ImageService, RuntimeError } from '../runtime.ts';
import { call } from './errors.ts';

/** What a pod's status shows: the pulled digest where there is one, else the local ID. */
const refOf = (id: string, digests: string[]): string =>
  digests[0] ? `docker-pullable://${digests[0]}` : `docker://${id}`;

const named = (names: string[] | null): string[] => (names ?? []).filter((n) => !n.startsWith('<none>'));

const fromInspect = (info: ImageInspectInfo): Image => ({
  id: info.Id,
  repoTags: named(info.RepoTags),
  repoDigests: named(info.RepoDigests),
  sizeBytes: info.Size,
  ref: refOf(info.Id, named(info.RepoDigests)),
  user: (info.Config.User ?? '').split(':')[0] ?? '',
});

const fromList = (info: ImageInfo): Image => ({
  id: info.Id,
  repoTags: named(info.RepoTags ?? null),
  repoDigests: named(info.RepoDigests ?? null),
  sizeBytes: info.Size,
  ref: refOf(info.Id, named(info.RepoDigests ?? null)),
  user: '',
});

export class DockerImages implements ImageService {
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async status(image: string): Promise<Image | undefined> {
    const info = await call(this.#docker.getImage(image).inspect(), [404]);
    return info && fromInspect(info);
  }

  async list(): Promise<Image[]> {
    return ((await call(this.#docker.listImages())) ?? []).map(fromList);
  }

  async pull(image: string, auth: ImageAuth | undefined, signal: AbortSignal): Promise<Image> {
    const authconfig = auth && {
      username: auth.username,
      password: auth.password,
      serveraddress: auth.serverAddress,
    };
    const stream = await call(this.#docker.pull(image, { ...(authconfig && { authconfig }), abortSignal: signal }));
    await this.#finish(stream);
    const pulled = await this.status(image);
    if (!pulled) throw new RuntimeError('NotFound', `the image ${image} is not there after it was pulled`);
    return pulled;
  }

  async remove(image: string): Promise<void> {
    await call(this.#docker.getImage(image).remove(), [404]);
  }

  /** Makes an image of one layer, a tar archive. `changes` are Dockerfile lines. */
  async importLayer(image: string, archive: Buffer, changes: string[]): Promise<void> {
    const colon = image.lastIndexOf(':');
    const stream = await call(
      this.#docker.importImage(Readable.from([archive]), {
        repo: image.slice(0, colon),
        tag: image.slice(colon + 1),
        changes,
      }),
    );
    await this.#finish(stream);
  }

  /** Reads progress to its end, where the daemon reports what went wrong. */
  #finish(stream: NodeJS.ReadableStream | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#docker.modem.followProgress(stream!, (error) => (error ? reject(progressError(error)) : resolve()));
    });
  }
}

/** The last line of a failed pull carries the daemon's message. */
const progressError = (error: Error): RuntimeError =>
  new RuntimeError('Unknown', `Error response from daemon: ${error.message}`, { cause: error });
