/** What kubelets have mounted below a directory: the volumes of pods that live in memory. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { sep } from 'node:path';

/** Mount points below `directory`, the innermost first. Spaces and the like are escaped in the kernel's list. */
function mountsBelow(directory: string): string[] {
  let text: string;
  try {
    text = readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    // Only Linux has the list, and only there does a kubelet mount anything.
    return [];
  }
  const points = text.split('\n').map((line) => (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, fromOctal));
  return points.filter((point) => point.startsWith(directory + sep)).sort((a, b) => b.length - a.length);
}

const fromOctal = (_: string, octal: string): string => String.fromCharCode(Number.parseInt(octal, 8));

/** Unmounts all of it. Nothing may run that uses it. */
export function unmountBelow(directory: string): string | undefined {
  const points = mountsBelow(directory);
  for (const point of points) execFileSync('umount', [point]);
  return points.length > 0 ? `unmounted ${points.length}` : undefined;
}
