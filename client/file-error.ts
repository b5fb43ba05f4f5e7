/** Why a file could not be used, in Go's words: `open /none: no such file or directory`. Upstream: Go's fs.PathError */

const causes: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};

export function fileErrorText(error: unknown): string {
  const { code = '', syscall, path, message } = error as NodeJS.ErrnoException;
  const cause = causes[code];
  return cause && path ? `${syscall ?? 'open'} ${path}: ${cause}` : message;
}
