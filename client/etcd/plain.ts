/** Unary calls as every gRPC server knows them: one HTTP/2 stream each. */
import type { Client } from '@grpc/grpc-js';
import { toEtcdError } from './error.ts';
import type { Transport } from './transport.ts';

const asIs = (bytes: Buffer): Buffer => bytes;

export const plainTransport = (channel: Client): Transport => ({
  unary: (path, request, deadline) =>
    new Promise((resolve, reject) => {
      // The library notes each caller's stack, which costs more than a fifth of the call; EtcdError does not show it.
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0;
      try {
        channel.makeUnaryRequest(path, asIs, asIs, request, { deadline }, (error, response) => {
          if (error) reject(toEtcdError(error));
          else resolve(response!);
        });
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
    }),
});
