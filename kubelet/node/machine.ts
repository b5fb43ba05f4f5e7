/**
 * What this machine is and has. Read once; free memory and disk are read when they are asked for.
 *
 * Upstream: cAdvisor's machine info, pkg/kubelet/nodestatus
 */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';

export interface Machine {
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
  architecture: string;
  operatingSystem: string;
  kernelVersion: string;
  osImage: string;
  machineId: string;
  systemUuid: string;
  bootId: string;
}

/** Go's names of architectures, as node labels have them. */
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** A fact of the system that may be missing, or not ours to read. */
function fact(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

export async function readMachine(rootDirectory: string): Promise<Machine> {
  await mkdir(rootDirectory, { recursive: true });
  const disk = await statfs(rootDirectory);
  const [, osImage = ''] = /^PRETTY_NAME="?([^"\n]*)/m.exec(fact('/etc/os-release')) ?? [];
  return {
    cpus: cpus().length,
    memoryBytes: totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    architecture: architectures[arch()] ?? arch(),
    operatingSystem: platform(),
    kernelVersion: release(),
    osImage: osImage || platform(),
    machineId: fact('/etc/machine-id'),
    systemUuid: fact('/sys/class/dmi/id/product_uuid'),
    bootId: fact('/proc/sys/kernel/random/boot_id'),
  };
}

/** Memory that processes can still get, and disk that files can. */
export async function readFree(rootDirectory: string): Promise<{ memoryBytes: number; diskBytes: number }> {
  const [memory, disk] = await Promise.all([readFile('/proc/meminfo', 'utf8').catch(() => ''), statfs(rootDirectory)]);
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(memory)?.[1];
  return {
    memoryBytes: kilobytes === undefined ? Number.POSITIVE_INFINITY : Number(kilobytes) * 1024,
    diskBytes: disk.bavail * disk.bsize,
  };
}
