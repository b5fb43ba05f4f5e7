/** Every built-in kind that is served. A new kind is a file in this folder and a line here. */
import type { Kind } from '../kind.ts';
import type { KubeObject } from '../types.ts';
import { apiservices } from './apiservices.ts';
import { bindings } from './bindings.ts';
import { certificatesigningrequests } from './certificatesigningrequests.ts';
import { clusterrolebindings } from './clusterrolebindings.ts';
import { clusterroles } from './clusterroles.ts';
import { componentstatuses } from './componentstatuses.ts';
import { configmaps } from './configmaps.ts';
import { controllerrevisions } from './controllerrevisions.ts';
import { cronjobs } from './cronjobs.ts';
import { csidrivers } from './csidrivers.ts';
import { csinodes } from './csinodes.ts';
import { csistoragecapacities } from './csistoragecapacities.ts';
import { customresourcedefinitions } from './customresourcedefinitions.ts';
import { daemonsets } from './daemonsets.ts';
import { deployments } from './deployments.ts';
import { deviceclasses } from './deviceclasses.ts';
import { endpoints } from './endpoints.ts';
import { endpointslices } from './endpointslices.ts';
import { events } from './events.ts';
import { eventsEvents } from './events-events.ts';
import { flowschemas } from './flowschemas.ts';
import { horizontalpodautoscalers } from './horizontalpodautoscalers.ts';
import { horizontalpodautoscalersV1 } from './horizontalpodautoscalers-v1.ts';
import { ingressclasses } from './ingressclasses.ts';
import { ingresses } from './ingresses.ts';
import { ipaddresses } from './ipaddresses.ts';
import { jobs } from './jobs.ts';
import { leases } from './leases.ts';
import { limitranges } from './limitranges.ts';
import { localsubjectaccessreviews } from './localsubjectaccessreviews.ts';
import { mutatingadmissionpolicies } from './mutatingadmissionpolicies.ts';
import { mutatingadmissionpolicybindings } from './mutatingadmissionpolicybindings.ts';
import { mutatingwebhookconfigurations } from './mutatingwebhookconfigurations.ts';
import { namespaces } from './namespaces.ts';
import { networkpolicies } from './networkpolicies.ts';
import { nodes } from './nodes.ts';
import { persistentvolumeclaims } from './persistentvolumeclaims.ts';
import { persistentvolumes } from './persistentvolumes.ts';
import { poddisruptionbudgets } from './poddisruptionbudgets.ts';
import { pods } from './pods.ts';
import { podtemplates } from './podtemplates.ts';
import { priorityclasses } from './priorityclasses.ts';
import { prioritylevelconfigurations } from './prioritylevelconfigurations.ts';
import { replicasets } from './replicasets.ts';
import { replicationcontrollers } from './replicationcontrollers.ts';
import { resourceclaims } from './resourceclaims.ts';
import { resourceclaimtemplates } from './resourceclaimtemplates.ts';
import { resourcequotas } from './resourcequotas.ts';
import { resourceslices } from './resourceslices.ts';
import { rolebindings } from './rolebindings.ts';
import { roles } from './roles.ts';
import { runtimeclasses } from './runtimeclasses.ts';
import { secrets } from './secrets.ts';
import { selfsubjectaccessreviews } from './selfsubjectaccessreviews.ts';
import { selfsubjectreviews, selfsubjectreviewsV1beta1 } from './selfsubjectreviews.ts';
import { selfsubjectrulesreviews } from './selfsubjectrulesreviews.ts';
import { serviceaccounts } from './serviceaccounts.ts';
import { servicecidrs } from './servicecidrs.ts';
import { services } from './services.ts';
import { statefulsets } from './statefulsets.ts';
import { storageclasses } from './storageclasses.ts';
import { subjectaccessreviews } from './subjectaccessreviews.ts';
import { tokenreviews } from './tokenreviews.ts';
import { validatingadmissionpolicies } from './validatingadmissionpolicies.ts';
import { validatingadmissionpolicybindings } from './validatingadmissionpolicybindings.ts';
import { validatingwebhookconfigurations } from './validatingwebhookconfigurations.ts';
import { volumeattachments } from './volumeattachments.ts';
import { volumeattributesclasses } from './volumeattributesclasses.ts';

/** A kind among others: its functions take any object, and it is the caller who pairs objects with their kind. */
export type AnyKind = Kind<KubeObject>;

/** All kinds, in the order in which discovery lists them. */
export const allKinds: readonly AnyKind[] = [
  bindings,
  componentstatuses,
  configmaps,
  endpoints,
  events,
  limitranges,
  namespaces,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  podtemplates,
  replicationcontrollers,
  resourcequotas,
  secrets,
  serviceaccounts,
  services,
  controllerrevisions,
  daemonsets,
  deployments,
  replicasets,
  statefulsets,
  selfsubjectreviews,
  selfsubjectreviewsV1beta1,
  tokenreviews,
  localsubjectaccessreviews,
  selfsubjectaccessreviews,
  selfsubjectrulesreviews,
  subjectaccessreviews,
  horizontalpodautoscalers,
  horizontalpodautoscalersV1,
  cronjobs,
  jobs,
  ingressclasses,
  ingresses,
  ipaddresses,
  networkpolicies,
  servicecidrs,
  poddisruptionbudgets,
  certificatesigningrequests,
  clusterrolebindings,
  clusterroles,
  rolebindings,
  roles,
  csidrivers,
  csinodes,
  csistoragecapacities,
  storageclasses,
  volumeattachments,
  volumeattributesclasses,
  priorityclasses,
  leases,
  runtimeclasses,
  endpointslices,
  eventsEvents,
  deviceclasses,
  resourceclaims,
  resourceclaimtemplates,
  resourceslices,
  apiservices,
  customresourcedefinitions,
  mutatingadmissionpolicies,
  mutatingadmissionpolicybindings,
  mutatingwebhookconfigurations,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
  validatingwebhookconfigurations,
  flowschemas,
  prioritylevelconfigurations,
] as unknown as readonly AnyKind[];
