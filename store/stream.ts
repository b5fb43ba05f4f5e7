/** The two ends of a streaming call, as handlers see them whatever the transport is. */

/** What the handler sends with. */
export interface Outgoing<Response> {
  /** False when the peer reads too slowly: send no more until `onDrain` is called. Nothing sent is lost. */
  send(response: Response): boolean;
  onDrain(callback: () => void): void;
}

/** What the transport calls. */
export interface Incoming<Request> {
  receive(request: Request): void | Promise<void>;
  /** Whether the call goes on when the client has sent all its requests. */
  readonly outlivesRequests: boolean;
  /** The call is over, for whatever reason. */
  close(): void;
}
