/** Every controller, by the name that `--controllers` takes. A new one is a file or folder and a line here. */

import { bootstrapSignerController } from './bootstrap/signer-controller.ts';
import { tokenCleanerController } from './bootstrap/token-cleaner-controller.ts';
import { approvingController } from './certificates/approving-controller.ts';
import { cleanerController } from './certificates/cleaner-controller.ts';
import { signingController } from './certificates/signing-controller.ts';
import { clusterRoleAggregationController } from './clusterrole-aggregation/controller.ts';
import type { ControllerSetup } from './context.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/endpoints-controller.ts';
import { endpointSliceController } from './endpoints/endpointslice-controller.ts';
import { garbageCollectorController } from './garbage-collector/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeIpamController } from './node-ipam/controller.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { taintEvictionController } from './node-lifecycle/eviction-controller.ts';
import { podGcController } from './pod-gc.ts';
import { replicaSetController, replicationControllerController } from './replicaset/controller.ts';
import { resourceQuotaController } from './resourcequota/controller.ts';
import { rootCaController } from './root-ca.ts';
import { serviceAccountController } from './service-account.ts';

export const controllers: Record<string, ControllerSetup> = {
  'clusterrole-aggregation-controller': clusterRoleAggregationController,
  'bootstrap-signer-controller': bootstrapSignerController,
  'certificatesigningrequest-approving-controller': approvingController,
  'certificatesigningrequest-cleaner-controller': cleanerController,
  'certificatesigningrequest-signing-controller': signingController,
  'disruption-controller': disruptionController,
  'endpoints-controller': endpointsController,
  'endpointslice-controller': endpointSliceController,
  'garbage-collector-controller': garbageCollectorController,
  'namespace-controller': namespaceController,
  'node-ipam-controller': nodeIpamController,
  'node-lifecycle-controller': nodeLifecycleController,
  'pod-garbage-collector-controller': podGcController,
  'replicaset-controller': replicaSetController,
  'replicationcontroller-controller': replicationControllerController,
  'resourcequota-controller': resourceQuotaController,
  'root-ca-certificate-publisher-controller': rootCaController,
  'serviceaccount-controller': serviceAccountController,
  'taint-eviction-controller': taintEvictionController,
  'token-cleaner-controller': tokenCleanerController,
};

/** Those that `*` leaves out. Upstream: cmd/kube-controller-manager/app (ControllersDisabledByDefault) */
export const disabledByDefault = ['bootstrap-signer-controller', 'token-cleaner-controller'];
