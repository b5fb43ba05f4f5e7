/**
 * SETTINGS: what each side tells the other about itself, six bytes a value.
 *
 *     00 04  00 04 00 00     INITIAL_WINDOW_SIZE: 256 KiB may be sent on a new stream
 *
 * Upstream: RFC 9113, section 6.5
 */
import { ConnectionError, errorCode, frameSizeError, protocolError } from './error.ts';
import { limits } from './limits.ts';

const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

const settingBytes = 6;
/** A window may never be larger. */
export const maxWindow = 2 ** 31 - 1;
/** Each side's windows before anything was said. */
export const defaultWindow = 65_535;
/** Every peer accepts frames of this size. */
export const minMaxFrameSize = 16_384;
const maxMaxFrameSize = 2 ** 24 - 1;

/** What we tell the client. */
export const ownSettings = encode([
  [setting.maxConcurrentStreams, limits.concurrentStreams],
  [setting.initialWindowSize, limits.streamWindow],
  [setting.maxHeaderListSize, limits.headerListBytes],
]);

/** What the client's values mean for what we send. */
export interface PeerSettings {
  initialWindow?: number;
  maxFrameSize?: number;
}

/** Reads a frame's payload. Of a setting that is there twice the last one counts. */
export function parseSettings(bytes: Buffer, start: number, end: number): PeerSettings {
  if ((end - start) % settingBytes !== 0) throw frameSizeError(`SETTINGS of ${end - start} bytes`);
  const settings: PeerSettings = {};
  for (let at = start; at < end; at += settingBytes) {
    const value = bytes.readUInt32BE(at + 2);
    switch (bytes.readUInt16BE(at)) {
      case setting.enablePush:
        if (value > 1) throw protocolError(`SETTINGS_ENABLE_PUSH of ${value}`);
        break;
      case setting.initialWindowSize:
        if (value > maxWindow) {
          throw new ConnectionError(errorCode.flowControlError, `SETTINGS_INITIAL_WINDOW_SIZE of ${value}`);
        }
        settings.initialWindow = value;
        break;
      case setting.maxFrameSize:
        if (value < minMaxFrameSize || value > maxMaxFrameSize) {
          throw protocolError(`SETTINGS_MAX_FRAME_SIZE of ${value}`);
        }
        settings.maxFrameSize = value;
        break;
    }
  }
  return settings;
}

function encode(settings: [id: number, value: number][]): Buffer {
  const bytes = Buffer.alloc(settings.length * settingBytes);
  settings.forEach(([id, value], i) => {
    bytes.writeUInt16BE(id, i * settingBytes);
    bytes.writeUInt32BE(value, i * settingBytes + 2);
  });
  return bytes;
}
