/** How a unary call reaches the server. Messages are bytes here, as in the store's table of handlers. */
export interface Transport {
  /**
   * The response's bytes. Rejects with `EtcdError`: the server's code and text, 4 once `deadline` (milliseconds since 1970,
   * or Infinity) has passed, 14 when the connection could not be made or broke.
   */
  unary(path: string, request: Buffer, deadline: number): Promise<Buffer>;
}
