/**
 * What can go wrong on an HTTP/2 connection: RFC 9113's codes, and the two reaches of an error. One that leaves both
 * sides in agreement about the connection ends its stream (RST_STREAM); any other ends the connection (GOAWAY).
 */

export const errorCode = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  enhanceYourCalm: 0xb,
} as const;

/** Ends the connection. The message is sent along in GOAWAY, for whoever debugs the peer. */
export class ConnectionError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Ends one stream. */
export class StreamError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Upstream: RFC 9113, section 7. */
export const protocolError = (message: string): ConnectionError =>
  new ConnectionError(errorCode.protocolError, message);
export const frameSizeError = (message: string): ConnectionError =>
  new ConnectionError(errorCode.frameSizeError, message);
export const compressionError = (message: string): ConnectionError =>
  new ConnectionError(errorCode.compressionError, message);
export const enhanceYourCalm = (message: string): ConnectionError =>
  new ConnectionError(errorCode.enhanceYourCalm, message);
