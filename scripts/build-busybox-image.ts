/**
 * Makes sure that the image of the examples and tests, `busybox:1.35`, is on this machine's Docker engine: it is there
 * already, or it is pulled, or it is built from Debian's packages `busybox` and `libc6`, downloaded but not installed.
 *
 *     node scripts/build-busybox-image.ts
 *
 * Debian's `busybox-static` would not do: a static glibc cannot resolve names, because it has no name service libraries.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { connectDocker } from '../kubelet/runtime/docker/connect.ts';
import { DockerImages } from '../kubelet/runtime/docker/images.ts';
import { unpackPackages } from './debian-packages.ts';

const image = 'busybox:1.35';
const pullTimeoutMs = 10_000;

/** Where a program of each architecture looks for its loader, and the folder of its libraries. */
const layouts: Record<string, { loader: string; libraries: string }> = {
  x64: { loader: '/lib64/ld-linux-x86-64.so.2', libraries: '/lib/x86_64-linux-gnu' },
  arm64: { loader: '/lib/ld-linux-aarch64.so.1', libraries: '/lib/aarch64-linux-gnu' },
};

const libraries = ['libc.so.6', 'libm.so.6', 'libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2'];

const files: Record<string, string> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
  '/etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** The file (not a link) of that name among the unpacked packages, wherever this release keeps it. */
function find(folder: string, name: string): string {
  const found = globSync(`packages/**/${name}`, { cwd: folder, withFileTypes: true }).find((entry) => entry.isFile());
  if (!found) throw new Error(`${name} is not in the packages busybox and libc6`);
  return join(found.parentPath, found.name);
}

/** Lays out the image's root and returns it as a tar archive. */
function buildLayer(folder: string): Buffer {
  const layout = layouts[process.arch];
  if (!layout) throw new Error(`no layout for ${process.arch}: x64 and arm64 are known`);
  unpackPackages(folder, ['busybox', 'libc6']);
  const root = join(folder, 'root');
  const put = (from: string, to: string): void => cpSync(from, join(root, to), { dereference: true });
  const loader = find(folder, basename(layout.loader));
  put(find(folder, 'bin/busybox'), '/bin/busybox');
  put(loader, layout.loader);
  for (const library of libraries) put(find(folder, library), join(layout.libraries, library));
  const applets = execFileSync(loader, [
    '--library-path',
    join(root, layout.libraries),
    join(root, '/bin/busybox'),
    '--list',
  ]);
  for (const applet of applets.toString().trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  for (const path of ['root', 'home', 'dev', 'proc', 'sys', 'var', 'usr'])
    mkdirSync(join(root, path), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  execFileSync('chmod', ['1777', join(root, 'tmp')]);
  return execFileSync('tar', ['--owner=0', '--group=0', '-C', root, '-c', '.'], { maxBuffer: 64 << 20 });
}

async function ensureImage(): Promise<string> {
  const images = new DockerImages(await connectDocker(''));
  if (await images.status(image)) return 'is present';
  try {
    await images.pull(image, undefined, AbortSignal.timeout(pullTimeoutMs));
    return 'was pulled';
  } catch (error) {
    console.log(`${image} cannot be pulled (${(error as Error).message}); building it from Debian packages`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'minik-busybox-'));
  try {
    await images.importLayer(image, buildLayer(folder), [
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'CMD ["sh"]',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 'was built';
}

try {
  console.log(`${image} ${await ensureImage()}`);
} catch (error) {
  const missing =
    (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? ' (building needs apt-get and dpkg-deb: Debian or Ubuntu)'
      : '';
  console.error(`${image} is not available: ${(error as Error).message.trim()}${missing}`);
  process.exit(1);
}
