/**
 * Why a row of the conformance list has no test yet: what is missing, by the row's layer and area. What a controller or a
 * process that is there could show already only lacks a test that carries the row's name.
 */
import { controllers } from '../controllers/all.ts';
import type { Row } from './conformance-rows.ts';

/** The controller that a row of that area needs, by its name in kube-controller-manager. */
const controllerOfArea: Record<string, string> = {
  controllerrevision: 'daemonset-controller',
  cronjob: 'cronjob-controller',
  daemonset: 'daemonset-controller',
  deployment: 'deployment-controller',
  endpoints: 'endpoints-controller',
  endpointslice: 'endpointslice-controller',
  gc: 'garbage-collector-controller',
  job: 'job-controller',
  namespace: 'namespace-controller',
  pdb: 'disruption-controller',
  quota: 'resourcequota-controller',
  rc: 'replicationcontroller-controller',
  replicaset: 'replicaset-controller',
  statefulset: 'statefulset-controller',
  taint: 'taint-eviction-controller',
};

/** What an area needs, where that is no controller. */
const lackOfArea: Record<string, string> = {
  csi: 'no CSI yet: its kinds are stored and served',
  dns: 'no cluster DNS yet',
  dra: 'no dynamic resource allocation yet: its kinds are stored and served',
  ingress: 'no Ingress yet: its kinds are stored and served',
  podcertificate: 'PodCertificateRequest is stable since Kubernetes 1.37, and 1.36 is served',
  preemption: 'the scheduler does not preempt yet',
  servicecidr: 'no ServiceCIDR controller yet',
  'storage-migration': 'no storage migration yet',
  trustbundle: 'ClusterTrustBundle is stable since Kubernetes 1.37, and 1.36 is served',
};

const noTest = 'no test by this name yet';

/** Pure but for what is built: the reason in one line. */
export function reasonFor({ area, layer }: Row, known: Iterable<string> = Object.keys(controllers)): string {
  const controller = layer === 'controller' ? controllerOfArea[area] : undefined;
  if (controller) return [...known].includes(controller) ? noTest : `no ${controller} yet`;
  return lackOfArea[area] ?? noTest;
}
