/** A valid object of every kind, by resource: `pods`, `jobs.batch`; and a status where one is served. */
import type { AnyKind } from '../../api/kinds/all.ts';

type Loose = Record<string, unknown>;

export interface Example {
  /** What an object has besides its metadata. */
  content: object;
  status?: object;
  /** For a kind of which names are not free to choose: a name, and content and status that go with it, in place of a plain word. */
  called?(word: string): { name: string; content?: object; status?: object };
  /** Whether the server, which writes a status of its own after the create, is done with that. */
  settled?(object: Loose): boolean;
}

const hasCondition =
  (type: string) =>
  ({ status }: Loose): boolean =>
    (status as { conditions?: { type: string }[] } | undefined)?.conditions?.some((one) => one.type === type) ?? false;

const container = { name: 'main', image: 'busybox:1.35' };
const podSpec = { containers: [container] };
const labels = { app: 'example' };
const template = { metadata: { labels }, spec: podSpec };
const workload = { replicas: 1, selector: { matchLabels: labels }, template };
const jobSpec = { template: { spec: { ...podSpec, restartPolicy: 'Never' } } };
const accessModes = ['ReadWriteOnce'];
const claim = { accessModes, resources: { requests: { storage: '1Gi' } } };
const volume = { accessModes, capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/example' } };
const podReader = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const roleBinding = {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ kind: 'User', name: 'jane' }],
};

const deviceClaim = { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } }] } };
const allocated = { request: 'gpu', driver: 'gpu.example.com', pool: 'minik-1', device: 'gpu-0' };
const consumer = { resource: 'pods', name: 'web', uid: 'b1c2' };

const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Tested',
  message: '',
  lastTransitionTime: '2024-01-01T00:00:00Z',
};
/** Made by `openssl req -new -newkey ed25519 -nodes -subj /CN=jane`. */
const certificateRequest = `\
-----BEGIN CERTIFICATE REQUEST-----
MIGOMEICAQAwDzENMAsGA1UEAwwEamFuZTAqMAUGAytlcAMhALEt6c11VEFicUry
3TEUuAupA5nFk9keSZwn87wfNG/OoAAwBQYDK2VwA0EAFKgDTnBRzAix118sx3E4
5dDRTXUdvvncOU37FrU7anJV+xd+7okUlJhenuwWT9E2kdzNw124MdQUhxnLQqjZ
BQ==
-----END CERTIFICATE REQUEST-----
`;
const podWrites = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' };
/** It is not there: whatever else becomes of this, nobody is called. */
const webhook = {
  name: 'check.example.com',
  clientConfig: { service: { namespace: 'default', name: 'nobody', path: '/check' } },
  objectSelector: { matchLabels: { checked: 'yes' } },
  rules: [podWrites],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const policy = { matchConstraints: { resourceRules: [podWrites] } };

const examples: Record<string, Example> = {
  configmaps: { content: { data: { colour: 'blue' } } },
  endpoints: { content: { subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }] } },
  events: { content: { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' }, reason: 'Tested' } },
  limitranges: { content: { spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } } },
  persistentvolumeclaims: { content: { spec: claim }, status: { phase: 'Bound', capacity: { storage: '1Gi' } } },
  persistentvolumes: { content: { spec: volume }, status: { phase: 'Available' } },
  resourcequotas: {
    content: { spec: { hard: { pods: '10' } } },
    status: { hard: { pods: '10' }, used: { pods: '1' } },
  },
  'ingressclasses.networking.k8s.io': { content: { spec: { controller: 'example.com/controller' } } },
  'ingresses.networking.k8s.io': {
    content: { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '10.1.2.3' }] } },
  },
  'networkpolicies.networking.k8s.io': { content: { spec: { podSelector: { matchLabels: labels } } } },
  'poddisruptionbudgets.policy': {
    content: { spec: { minAvailable: '50%', selector: { matchLabels: labels } } },
    status: { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 },
  },
  'priorityclasses.scheduling.k8s.io': { content: { value: 7 } },
  'runtimeclasses.node.k8s.io': { content: { handler: 'runc' } },
  'certificatesigningrequests.certificates.k8s.io': {
    content: {
      spec: {
        request: Buffer.from(certificateRequest).toString('base64'),
        signerName: 'example.com/signer',
        usages: ['client auth'],
      },
    },
    status: { conditions: [{ type: 'Failed', status: 'True', reason: 'Tested' }] },
  },
  'validatingwebhookconfigurations.admissionregistration.k8s.io': { content: { webhooks: [webhook] } },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': { content: { webhooks: [webhook] } },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    content: { spec: { ...policy, validations: [{ expression: "object.metadata.name != 'bad'" }] } },
    status: { observedGeneration: 1 },
    settled: ({ status }) => (status as { observedGeneration?: number } | undefined)?.observedGeneration !== undefined,
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': {
    content: { spec: { policyName: 'policy', validationActions: ['Deny'] } },
  },
  'mutatingadmissionpolicies.admissionregistration.k8s.io': {
    content: {
      spec: {
        ...policy,
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
      },
    },
  },
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': { content: { spec: { policyName: 'policy' } } },
  'flowschemas.flowcontrol.apiserver.k8s.io': {
    content: { spec: { priorityLevelConfiguration: { name: 'workload-low' }, matchingPrecedence: 7777 } },
    status: { conditions: [{ type: 'Dangling', status: 'False' }] },
    settled: hasCondition('Dangling'),
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': {
    content: {
      spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: { queues: 8, handSize: 2 } } } },
    },
    status: { conditions: [{ type: 'Tested', status: 'True' }] },
  },
  'csidrivers.storage.k8s.io': { content: { spec: { podInfoOnMount: true } } },
  'csinodes.storage.k8s.io': { content: { spec: { drivers: [{ name: 'example.com', nodeID: 'n1' }] } } },
  'csistoragecapacities.storage.k8s.io': { content: { storageClassName: 'fast', capacity: '1Gi' } },
  'volumeattachments.storage.k8s.io': {
    content: { spec: { attacher: 'example.com', nodeName: 'n1', source: { persistentVolumeName: 'v1' } } },
    status: { attached: true },
  },
  'volumeattributesclasses.storage.k8s.io': { content: { driverName: 'example.com', parameters: { iops: '100' } } },
  'roles.rbac.authorization.k8s.io': { content: { rules: [podReader] } },
  'clusterroles.rbac.authorization.k8s.io': { content: { rules: [podReader] } },
  'rolebindings.rbac.authorization.k8s.io': { content: roleBinding },
  'clusterrolebindings.rbac.authorization.k8s.io': { content: roleBinding },
  'storageclasses.storage.k8s.io': { content: { provisioner: 'example.com/disk' } },
  namespaces: { content: {}, status: { phase: 'Active', conditions: [{ type: 'Tested', status: 'True' }] } },
  nodes: { content: { spec: { unschedulable: true } }, status: { capacity: { cpu: '2' } } },
  pods: { content: { spec: podSpec }, status: { phase: 'Pending', message: 'tested' } },
  secrets: { content: { data: { key: 'dmFsdWU=' } } },
  serviceaccounts: { content: { automountServiceAccountToken: false } },
  services: {
    content: { spec: { ports: [{ port: 80 }] } },
    status: { loadBalancer: { ingress: [{ ip: '10.1.2.3' }] } },
  },
  'deployments.apps': { content: { spec: workload }, status: { replicas: 1 } },
  podtemplates: { content: { template } },
  replicationcontrollers: { content: { spec: { replicas: 1, template } }, status: { replicas: 1 } },
  'controllerrevisions.apps': { content: { data: { any: ['thing'] }, revision: 7 } },
  'daemonsets.apps': {
    content: { spec: { selector: { matchLabels: labels }, template } },
    status: { currentNumberScheduled: 1, desiredNumberScheduled: 2, numberMisscheduled: 0, numberReady: 1 },
  },
  'statefulsets.apps': { content: { spec: { serviceName: 'web', ...workload } }, status: { replicas: 1 } },
  'replicasets.apps': { content: { spec: workload }, status: { replicas: 1 } },
  'cronjobs.batch': {
    content: { spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec } } },
    status: { lastScheduleTime: '2024-01-01T00:00:00Z' },
  },
  'jobs.batch': { content: { spec: jobSpec }, status: { active: 1 } },
  'leases.coordination.k8s.io': { content: { spec: { holderIdentity: 'me' } } },
  'endpointslices.discovery.k8s.io': { content: { addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'] }] } },
  'horizontalpodautoscalers.autoscaling': {
    content: { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5 } },
    status: { currentReplicas: 2, desiredReplicas: 3 },
  },
  'events.events.k8s.io': {
    content: {
      eventTime: '2024-01-01T00:00:00.000000Z',
      reportingController: 'example.com/controller',
      reportingInstance: 'controller-1',
      action: 'Testing',
      reason: 'Tested',
      type: 'Normal',
      note: 'all is well',
      regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
    },
  },
  'deviceclasses.resource.k8s.io': {
    content: { spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] } },
  },
  'resourceclaims.resource.k8s.io': {
    content: { spec: deviceClaim },
    status: { allocation: { devices: { results: [allocated] } }, reservedFor: [consumer] },
  },
  'resourceclaimtemplates.resource.k8s.io': { content: { spec: { metadata: { labels }, spec: deviceClaim } } },
  'ipaddresses.networking.k8s.io': {
    content: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } } },
    called: (word) => ({ name: `10.1.${word.charCodeAt(0)}.${word.charCodeAt(1)}` }),
  },
  'servicecidrs.networking.k8s.io': {
    content: { spec: { cidrs: ['10.97.0.0/16'] } },
    status: { conditions: [condition] },
  },
  'customresourcedefinitions.apiextensions.k8s.io': {
    content: {},
    settled: hasCondition('Established'),
    called: (word) => {
      const plural = word.replace(/[^a-z0-9]/g, '');
      const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } };
      const versions = [{ name: 'v1', served: true, storage: true, schema }];
      const names = { plural, singular: `one${plural}`, kind: `Kind${plural}`, listKind: `List${plural}` };
      const spec = { group: 'example.com', scope: 'Namespaced', names, versions };
      // The server adds nothing to a status that says all of this.
      const accepted = { ...condition, type: 'NamesAccepted', reason: 'NoConflicts', message: 'no conflicts found' };
      const message = 'the initial names have been accepted';
      const established = { ...condition, type: 'Established', reason: 'InitialNamesAccepted', message };
      const tested = { ...condition, type: 'Tested' };
      const status = { conditions: [tested, accepted, established], acceptedNames: names, storedVersions: ['v1'] };
      return { name: `${plural}.example.com`, content: { spec }, status };
    },
  },
  'apiservices.apiregistration.k8s.io': {
    content: {},
    status: { conditions: [{ type: 'Available', status: 'False', reason: 'Tested' }] },
    settled: hasCondition('Available'),
    called: (word) => {
      const spec = { group: `${word}.example.com`, version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 };
      return { name: `v1.${word}.example.com`, content: { spec } };
    },
  },
  'resourceslices.resource.k8s.io': {
    content: {
      spec: {
        driver: 'gpu.example.com',
        nodeName: 'minik-1',
        pool: { name: 'minik-1', generation: 1, resourceSliceCount: 1 },
        devices: [{ name: 'gpu-0', attributes: { model: { string: 'tiny' } }, capacity: { memory: { value: '8Gi' } } }],
      },
    },
  },
};

/** The kind's example; a kind without one fails the suite that asks. */
export function exampleOf({ group, plural }: AnyKind): Example {
  const found = examples[group ? `${plural}.${group}` : plural];
  if (!found) throw new Error(`no example of ${plural}.${group}: add one to test/harness/example-objects.ts`);
  return found;
}
