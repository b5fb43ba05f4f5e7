/** A tar archive of a single file, which is all that importing an image of ours takes. */

/** The archive. Names over 100 bytes do not fit this header. */
export function tarFile(name: string, mode: number, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, offset: number, digits: number): number =>
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, offset, 'latin1');
  header.write(name, 0, 100, 'utf8');
  octal(mode, 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(content.length, 124, 11);
  octal(0, 136, 11); // modified
  header.write('        0', 148, 'latin1'); // blank checksum, then the type: a regular file
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
