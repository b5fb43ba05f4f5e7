/**
 * What one connection may make the store hold or do. A peer that keeps to HTTP/2 and to what SETTINGS told it never
 * notices most of them; one that does not loses its connection and nobody else's.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = {
  /** Streams open at once: each watch of a client may be one. */
  concurrentStreams: 4096,
  /** New requests before other connections get their turn. */
  requestsPerTurn: 128,
  /** The largest frame we accept: HTTP/2's default. */
  frameBytes: 16 * KiB,

  /** A decoded header list, counted as HPACK counts: name + value + 32 a field. */
  headerListBytes: 16 * KiB,
  /** The same before it is decoded, over all its frames. */
  headerBlockBytes: 32 * KiB,
  headerBlockFrames: 32,
  /** The memory of our HPACK decoder. */
  headerTableBytes: 4 * KiB,

  /** What a client may send on a stream, and on all streams together, before we have asked for more. */
  streamWindow: 256 * KiB,
  connectionWindow: 1 * MiB,
  /** Larger messages get the window for the rest of them in turn: so much at once. */
  grantedBytes: 32 * MiB,
  /** Parts of messages whose rest has not arrived. */
  unfinishedBytes: 64 * MiB,
  /** Requests without their answer; beyond it the client is asked for no more until some are answered. */
  unansweredBytes: 32 * MiB,

  /** Answers of a stream that its client does not read: beyond it the handler is told to stop. */
  streamQueueBytes: 64 * KiB,
  /** The handler may go on when so little is left. */
  streamQueueLowBytes: 16 * KiB,
  /** Answers of all streams; beyond it new calls are refused. */
  queuedBytes: 256 * MiB,
  /** What waits in the socket before streams wait for it. */
  socketBytes: 256 * KiB,
  /** Answers to PING, SETTINGS and refused requests wait there as well; beyond it nothing more is read. */
  unreadBytes: 1 * MiB,

  /** Streams that end in RST_STREAM: so many at once, and so many a second. */
  resetBurst: 2000,
  resetsPerSecond: 1000,

  /** From the connection (or the TLS handshake's begin) to the first SETTINGS. */
  prefaceMs: 10_000,
  /** From our GOAWAY to the end of a connection that the peer does not close. */
  lingerMs: 500,
} as const;
