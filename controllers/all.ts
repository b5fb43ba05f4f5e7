/** Every controller, by the name that `--controllers` takes. A new one is a file or folder and a line here. */
import type { ControllerSetup } from './context.ts';
import { endpointsController } from './endpoints/endpoints-controller.ts';
import { endpointSliceController } from './endpoints/endpointslice-controller.ts';
import { nodeIpamController } from './node-ipam/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { rootCaController } from './root-ca.ts';
import { serviceAccountController } from './service-account.ts';

export const controllers: Record<string, ControllerSetup> = {
  'endpoints-controller': endpointsController,
  'endpointslice-controller': endpointSliceController,
  'node-ipam-controller': nodeIpamController,
  'replicaset-controller': replicaSetController,
  'root-ca-certificate-publisher-controller': rootCaController,
  'serviceaccount-controller': serviceAccountController,
};
