/** From what grpc-js reports to the error that callers of the etcd client see. */
import type { ServiceError } from '@grpc/grpc-js';
import { EtcdError } from '../../api/etcd-errors.ts';

export const toEtcdError = (error: ServiceError): EtcdError =>
  new EtcdError(error.code, error.details || error.message);
