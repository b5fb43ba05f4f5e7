/**
 * The image that a pod's sandbox runs, made without a registry: one static ELF file that waits until it is told to
 * stop, and collects the processes that the containers of a shared process namespace leave behind.
 *
 * Upstream: build/pause/linux/pause.c
 */
import { RuntimeError } from '../runtime.ts';
import { tarFile } from './tar.ts';

export const defaultPauseImage = 'minik/pause:1';

interface Machine {
  /** `e_machine` of the ELF header. */
  elf: number;
  /** The code, then the signal set of SIGINT, SIGTERM and SIGCHLD, 8-byte aligned. */
  code: string;
}

/**
 * Both programs are the same:
 *
 *     sigprocmask(SIG_BLOCK, &set)
 *     for (;;) {
 *       sig = sigtimedwait(&set, NULL, NULL)
 *       if (sig < 0) continue                       // interrupted
 *       if (sig != SIGCHLD) exit_group(0)           // SIGTERM or SIGINT
 *       while (wait4(-1, NULL, WNOHANG, NULL) > 0);
 *     }
 *
 * Signals are blocked and waited for, because the kernel discards unblocked default-action signals to PID 1.
 * Keyed by Docker's names of architectures.
 */
const machines: Record<string, Machine> = {
  x86_64: {
    elf: 62,
    code:
      '31ff488d354f00000031d26a08415a6a0e580f05' + // sigprocmask
      '488d3d3d00000031f631d26a08415ab8800000000f0585c078e683f8117516' + // sigtimedwait; SIGCHLD?
      '6aff5f31f66a015a4531d26a3d580f0585c07fecebcb' + // wait4 until there is none; again
      '31ffb8e70000000f05660f1f440000' + // exit_group(0)
      '0240010000000000',
  },
  aarch64: {
    elf: 183,
    code:
      '000080d261030010020080d2030180d2e81080d2010000d4' + // sigprocmask
      'c0020010010080d2020080d2030180d2281180d2010000d440ffff371f44007141010054' + // sigtimedwait; SIGCHLD?
      '00008092010080d2220080d2030080d2882080d2010000d41f0000712cffff54efffff17' + // wait4; again
      '000080d2c80b80d2010000d41f2003d5' + // exit_group(0)
      '0240010000000000',
  },
};

const loadAddress = 0x400000;
const headerSize = 64 + 56;

/** A complete ELF executable for Docker's architecture name (`x86_64`, `aarch64`). */
export function pauseBinary(architecture: string): Buffer {
  const machine = machines[architecture];
  if (!machine) throw new RuntimeError('Unknown', `no pause program for ${architecture}: minik has x86_64 and aarch64`);
  const code = Buffer.from(machine.code, 'hex');
  const header = Buffer.alloc(headerSize);
  header.write('\x7fELF', 0, 'latin1');
  header.set([2, 1, 1], 4); // 64-bit, little-endian, ELF version 1
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(machine.elf, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(loadAddress + headerSize), 24); // entry point
  header.writeBigUInt64LE(64n, 32); // the program header follows
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56); // one program header
  header.writeUInt16LE(64, 58);
  header.writeUInt32LE(1, 64); // load
  header.writeUInt32LE(5, 68); // readable, executable
  header.writeBigUInt64LE(BigInt(loadAddress), 80);
  header.writeBigUInt64LE(BigInt(loadAddress), 88);
  header.writeBigUInt64LE(BigInt(headerSize + code.length), 96);
  header.writeBigUInt64LE(BigInt(headerSize + code.length), 104);
  header.writeBigUInt64LE(0x10000n, 112);
  return Buffer.concat([header, code]);
}

/** The image's only layer, as a tar archive, and the changes that make it run. */
export const pauseImage = (architecture: string): { archive: Buffer; changes: string[] } => ({
  archive: tarFile('pause', 0o755, pauseBinary(architecture)),
  changes: ['ENTRYPOINT ["/pause"]'],
});
