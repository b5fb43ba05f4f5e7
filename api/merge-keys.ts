/**
 * How lists and maps of built-in types merge: what Kubernetes' Go types say in struct tags and markers, and its published
 * schema package does not keep. Used by strategic merge patch, server-side apply's list types and OpenAPI's extensions.
 *
 * Notation, by package, type and field:
 *   merge=name    strategic merge patch merges this list by its items' `name`; plain `merge` is a list of scalars
 *   retainKeys    strategic merge patch keeps only the keys that `$retainKeys` names
 *   replace       strategic merge patch replaces the object
 *   atomic, set, map=key,key   the list type of server-side apply
 *   struct=atomic, struct=granular   the same for a map or an object: one owner, or an owner for each key
 */
const table: Record<string, Record<string, Record<string, string>>> = {
  'io.k8s.api.admissionregistration.v1': {
    ValidatingAdmissionPolicyStatus: { conditions: 'map=type' },
    TypeChecking: { expressionWarnings: 'atomic' },
    ValidatingAdmissionPolicySpec: {
      validations: 'atomic',
      auditAnnotations: 'atomic',
      matchConditions: 'merge=name map=name',
      variables: 'merge=name map=name',
    },
    ValidatingAdmissionPolicyBindingSpec: { validationActions: 'set' },
    MatchResources: { resourceRules: 'atomic', excludeResourceRules: 'atomic' },
    NamedRuleWithOperations: {
      resourceNames: 'atomic',
      operations: 'atomic',
      apiGroups: 'atomic',
      apiVersions: 'atomic',
      resources: 'atomic',
    },
    ValidatingWebhookConfiguration: { webhooks: 'merge=name map=name' },
    MutatingWebhookConfiguration: { webhooks: 'merge=name map=name' },
    ValidatingWebhook: { rules: 'atomic', admissionReviewVersions: 'atomic', matchConditions: 'merge=name map=name' },
    MutatingWebhook: { rules: 'atomic', admissionReviewVersions: 'atomic', matchConditions: 'merge=name map=name' },
    MutatingAdmissionPolicySpec: { variables: 'atomic', mutations: 'atomic', matchConditions: 'merge=name map=name' },
    RuleWithOperations: { operations: 'atomic', apiGroups: 'atomic', apiVersions: 'atomic', resources: 'atomic' },
  },
  'io.k8s.api.apps.v1': {
    StatefulSetSpec: { volumeClaimTemplates: 'atomic' },
    StatefulSetStatus: { conditions: 'merge=type map=type' },
    DeploymentSpec: { strategy: 'retainKeys' },
    DeploymentStatus: { conditions: 'merge=type map=type' },
    DaemonSetStatus: { conditions: 'merge=type map=type' },
    ReplicaSetStatus: { conditions: 'merge=type map=type' },
  },
  'io.k8s.api.authentication.v1': {
    TokenReviewSpec: { audiences: 'atomic' },
    TokenReviewStatus: { audiences: 'atomic' },
    UserInfo: { groups: 'atomic' },
    TokenRequestSpec: { audiences: 'atomic' },
  },
  'io.k8s.api.authorization.v1': {
    LabelSelectorAttributes: { requirements: 'atomic' },
    FieldSelectorAttributes: { requirements: 'atomic' },
    SubjectAccessReviewSpec: { groups: 'atomic' },
    SubjectRulesReviewStatus: { resourceRules: 'atomic', nonResourceRules: 'atomic' },
    ResourceRule: { verbs: 'atomic', apiGroups: 'atomic', resources: 'atomic', resourceNames: 'atomic' },
    NonResourceRule: { verbs: 'atomic', nonResourceURLs: 'atomic' },
  },
  'io.k8s.api.autoscaling.v2': {
    HorizontalPodAutoscalerSpec: { metrics: 'atomic' },
    HPAScalingRules: { policies: 'atomic' },
    HorizontalPodAutoscalerStatus: { currentMetrics: 'atomic', conditions: 'merge=type map=type' },
  },
  'io.k8s.api.batch.v1': {
    PodFailurePolicyOnExitCodesRequirement: { values: 'set' },
    PodFailurePolicyRule: { onPodConditions: 'atomic' },
    PodFailurePolicy: { rules: 'atomic' },
    SuccessPolicy: { rules: 'atomic' },
    JobStatus: { conditions: 'merge=type atomic' },
    UncountedTerminatedPods: { succeeded: 'set', failed: 'set' },
    CronJobStatus: { active: 'atomic' },
  },
  'io.k8s.api.certificates.v1': {
    CertificateSigningRequestSpec: { usages: 'atomic', groups: 'atomic' },
    CertificateSigningRequestStatus: { conditions: 'map=type' },
  },
  'io.k8s.api.core.v1': {
    PersistentVolumeSpec: { accessModes: 'atomic', claimRef: 'struct=granular', mountOptions: 'atomic' },
    PersistentVolumeClaimSpec: { accessModes: 'atomic' },
    PersistentVolumeClaimStatus: {
      accessModes: 'atomic',
      conditions: 'merge=type map=type',
      allocatedResourceStatuses: 'struct=granular',
    },
    RBDVolumeSource: { monitors: 'atomic' },
    RBDPersistentVolumeSource: { monitors: 'atomic' },
    CephFSVolumeSource: { monitors: 'atomic' },
    CephFSPersistentVolumeSource: { monitors: 'atomic' },
    SecretVolumeSource: { items: 'atomic' },
    SecretProjection: { items: 'atomic' },
    ISCSIVolumeSource: { portals: 'atomic' },
    ISCSIPersistentVolumeSource: { portals: 'atomic' },
    FCVolumeSource: { targetWWNs: 'atomic', wwids: 'atomic' },
    ConfigMapVolumeSource: { items: 'atomic' },
    ConfigMapProjection: { items: 'atomic' },
    ProjectedVolumeSource: { sources: 'atomic' },
    HTTPGetAction: { httpHeaders: 'atomic' },
    ExecAction: { command: 'atomic' },
    Capabilities: { add: 'atomic', drop: 'atomic' },
    ResourceRequirements: { claims: 'map=name' },
    Container: {
      command: 'atomic',
      args: 'atomic',
      ports: 'merge=containerPort map=containerPort,protocol',
      envFrom: 'atomic',
      env: 'merge=name map=name',
      resizePolicy: 'atomic',
      restartPolicyRules: 'atomic',
      volumeMounts: 'merge=mountPath map=mountPath',
      volumeDevices: 'merge=devicePath map=devicePath',
    },
    ContainerStatus: { volumeMounts: 'merge=mountPath map=mountPath', allocatedResourcesStatus: 'merge=name map=name' },
    ResourceStatus: { resources: 'map=resourceID' },
    LinuxContainerUser: { supplementalGroups: 'atomic' },
    ContainerRestartRuleOnExitCodes: { values: 'set' },
    NodeSelector: { nodeSelectorTerms: 'atomic' },
    NodeSelectorTerm: { matchExpressions: 'atomic', matchFields: 'atomic' },
    NodeSelectorRequirement: { values: 'atomic' },
    TopologySelectorTerm: { matchLabelExpressions: 'atomic' },
    TopologySelectorLabelRequirement: { values: 'atomic' },
    PodAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: 'atomic',
      preferredDuringSchedulingIgnoredDuringExecution: 'atomic',
    },
    PodAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: 'atomic',
      preferredDuringSchedulingIgnoredDuringExecution: 'atomic',
    },
    PodAffinityTerm: { namespaces: 'atomic', matchLabelKeys: 'atomic', mismatchLabelKeys: 'atomic' },
    NodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: 'atomic' },
    PodSpec: {
      volumes: 'merge=name retainKeys map=name',
      initContainers: 'merge=name map=name',
      containers: 'merge=name map=name',
      ephemeralContainers: 'merge=name map=name',
      nodeSelector: 'struct=atomic',
      imagePullSecrets: 'merge=name map=name',
      tolerations: 'atomic',
      hostAliases: 'merge=ip map=ip',
      readinessGates: 'atomic',
      topologySpreadConstraints: 'merge=topologyKey map=topologyKey,whenUnsatisfiable',
      schedulingGates: 'merge=name map=name',
      resourceClaims: 'merge=name retainKeys map=name',
    },
    PodExtendedResourceClaimStatus: { requestMappings: 'atomic' },
    TopologySpreadConstraint: { matchLabelKeys: 'atomic' },
    HostAlias: { hostnames: 'atomic' },
    PodSecurityContext: { supplementalGroups: 'atomic', sysctls: 'atomic' },
    PodDNSConfig: { nameservers: 'atomic', searches: 'atomic', options: 'atomic' },
    EphemeralContainer: {
      command: 'atomic',
      args: 'atomic',
      ports: 'merge=containerPort map=containerPort,protocol',
      envFrom: 'atomic',
      env: 'merge=name map=name',
      resizePolicy: 'atomic',
      restartPolicyRules: 'atomic',
      volumeMounts: 'merge=mountPath map=mountPath',
      volumeDevices: 'merge=devicePath map=devicePath',
    },
    PodStatus: {
      conditions: 'merge=type map=type',
      hostIPs: 'merge=ip atomic',
      podIPs: 'merge=ip map=ip',
      initContainerStatuses: 'atomic',
      containerStatuses: 'atomic',
      ephemeralContainerStatuses: 'atomic',
      resourceClaimStatuses: 'merge=name retainKeys map=name',
      nodeAllocatableResourceClaimStatuses: 'merge=resourceClaimName map=resourceClaimName',
    },
    ReplicationControllerSpec: { selector: 'struct=atomic' },
    ReplicationControllerStatus: { conditions: 'merge=type map=type' },
    ServiceStatus: { conditions: 'merge=type map=type' },
    LoadBalancerStatus: { ingress: 'atomic' },
    LoadBalancerIngress: { ports: 'atomic' },
    ServiceSpec: {
      ports: 'merge=port map=port,protocol',
      selector: 'struct=atomic',
      clusterIPs: 'atomic',
      externalIPs: 'atomic',
      loadBalancerSourceRanges: 'atomic',
      ipFamilies: 'atomic',
    },
    ServiceAccount: { secrets: 'merge=name map=name', imagePullSecrets: 'atomic' },
    Endpoints: { subsets: 'atomic' },
    EndpointSubset: { addresses: 'atomic', notReadyAddresses: 'atomic', ports: 'atomic' },
    NodeSpec: { podCIDRs: 'merge set', taints: 'atomic' },
    NodeStatus: {
      conditions: 'merge=type map=type',
      addresses: 'merge=type map=type',
      images: 'atomic',
      volumesInUse: 'atomic',
      volumesAttached: 'atomic',
      runtimeHandlers: 'atomic',
      declaredFeatures: 'atomic',
    },
    ContainerImage: { names: 'atomic' },
    NamespaceSpec: { finalizers: 'atomic' },
    NamespaceStatus: { conditions: 'merge=type map=type' },
    LimitRangeSpec: { limits: 'atomic' },
    ResourceQuotaSpec: { scopes: 'atomic' },
    ScopeSelector: { matchExpressions: 'atomic' },
    ScopedResourceSelectorRequirement: { values: 'atomic' },
    ComponentStatus: { conditions: 'merge=type map=type' },
    DownwardAPIVolumeSource: { items: 'atomic' },
    DownwardAPIProjection: { items: 'atomic' },
    NodeAllocatableResourceClaimStatus: { containers: 'set' },
  },
  'io.k8s.api.discovery.v1': {
    EndpointSlice: { endpoints: 'atomic', ports: 'atomic' },
    Endpoint: { addresses: 'set' },
    EndpointHints: { forZones: 'atomic', forNodes: 'atomic' },
  },
  'io.k8s.api.flowcontrol.v1': {
    FlowSchemaSpec: { rules: 'atomic' },
    PolicyRulesWithSubjects: { subjects: 'atomic', resourceRules: 'atomic', nonResourceRules: 'atomic' },
    ResourcePolicyRule: { verbs: 'set', apiGroups: 'set', resources: 'set', namespaces: 'set' },
    NonResourcePolicyRule: { verbs: 'set', nonResourceURLs: 'set' },
    FlowSchemaStatus: { conditions: 'merge=type map=type' },
    PriorityLevelConfigurationStatus: { conditions: 'merge=type map=type' },
  },
  'io.k8s.api.networking.v1': {
    NetworkPolicySpec: { ingress: 'atomic', egress: 'atomic', policyTypes: 'atomic' },
    NetworkPolicyIngressRule: { ports: 'atomic', from: 'atomic' },
    NetworkPolicyEgressRule: { ports: 'atomic', to: 'atomic' },
    IPBlock: { except: 'atomic' },
    IngressSpec: { tls: 'atomic', rules: 'atomic' },
    IngressTLS: { hosts: 'atomic' },
    IngressLoadBalancerStatus: { ingress: 'atomic' },
    IngressLoadBalancerIngress: { ports: 'atomic' },
    HTTPIngressRuleValue: { paths: 'atomic' },
    ServiceCIDRSpec: { cidrs: 'atomic' },
    ServiceCIDRStatus: { conditions: 'merge=type map=type' },
  },
  'io.k8s.api.node.v1': {
    Scheduling: { nodeSelector: 'struct=atomic', tolerations: 'atomic' },
  },
  'io.k8s.api.policy.v1': {
    PodDisruptionBudgetSpec: { selector: 'replace' },
    PodDisruptionBudgetStatus: { conditions: 'merge=type map=type' },
  },
  'io.k8s.api.rbac.v1': {
    PolicyRule: {
      verbs: 'atomic',
      apiGroups: 'atomic',
      resources: 'atomic',
      resourceNames: 'atomic',
      nonResourceURLs: 'atomic',
    },
    Role: { rules: 'atomic' },
    RoleBinding: { subjects: 'atomic' },
    ClusterRole: { rules: 'atomic' },
    AggregationRule: { clusterRoleSelectors: 'atomic' },
    ClusterRoleBinding: { subjects: 'atomic' },
  },
  'io.k8s.api.resource.v1': {
    ResourceSliceSpec: { devices: 'atomic', sharedCounters: 'atomic' },
    Device: {
      consumesCounters: 'atomic',
      taints: 'atomic',
      bindingConditions: 'atomic',
      bindingFailureConditions: 'atomic',
    },
    CapacityRequestPolicy: { validValues: 'atomic' },
    DeviceAttribute: { ints: 'atomic', bools: 'atomic', strings: 'atomic', versions: 'atomic' },
    DeviceClaim: { requests: 'atomic', constraints: 'atomic', config: 'atomic' },
    DeviceRequest: { firstAvailable: 'atomic' },
    ExactDeviceRequest: { selectors: 'atomic', tolerations: 'atomic' },
    DeviceSubRequest: { selectors: 'atomic', tolerations: 'atomic' },
    DeviceConstraint: { requests: 'atomic' },
    DeviceClaimConfiguration: { requests: 'atomic' },
    ResourceClaimStatus: { reservedFor: 'merge=uid map=uid', devices: 'map=driver,device,pool,shareID' },
    DeviceAllocationResult: { results: 'atomic', config: 'atomic' },
    DeviceRequestAllocationResult: {
      tolerations: 'atomic',
      bindingConditions: 'atomic',
      bindingFailureConditions: 'atomic',
    },
    DeviceAllocationConfiguration: { requests: 'atomic' },
    DeviceClassSpec: { selectors: 'atomic', config: 'atomic' },
    AllocatedDeviceStatus: { conditions: 'map=type' },
    NetworkDeviceData: { ips: 'atomic' },
  },
  'io.k8s.api.storage.v1': {
    StorageClass: { mountOptions: 'atomic', allowedTopologies: 'atomic' },
    CSIDriverSpec: { volumeLifecycleModes: 'set', tokenRequests: 'atomic' },
    CSINodeSpec: { drivers: 'merge=name map=name' },
    CSINodeDriver: { topologyKeys: 'atomic' },
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1': {
    ObjectMeta: { ownerReferences: 'merge=uid map=uid', finalizers: 'merge set', managedFields: 'atomic' },
    DeleteOptions: { dryRun: 'atomic' },
    StatusDetails: { causes: 'atomic' },
    APIResource: { shortNames: 'atomic', categories: 'atomic' },
    APIResourceList: { resources: 'atomic' },
    LabelSelector: { matchExpressions: 'atomic' },
    LabelSelectorRequirement: { values: 'atomic' },
    FieldSelectorRequirement: { values: 'atomic' },
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': {
    CustomResourceDefinitionSpec: { versions: 'atomic' },
    WebhookConversion: { conversionReviewVersions: 'atomic' },
    CustomResourceDefinitionVersion: { additionalPrinterColumns: 'atomic', selectableFields: 'atomic' },
    CustomResourceDefinitionNames: { shortNames: 'atomic', categories: 'atomic' },
    CustomResourceDefinitionStatus: { conditions: 'map=type', storedVersions: 'atomic' },
  },
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1': {
    APIServiceStatus: { conditions: 'merge=type map=type' },
  },
};

/** Types whose objects have one owner wherever they stand, unless the field says otherwise. */
const atomicTypes: Record<string, string[]> = {
  'io.k8s.api.admissionregistration.v1': ['MatchResources', 'NamedRuleWithOperations', 'ParamKind', 'ParamRef'],
  'io.k8s.api.autoscaling.v1': ['CrossVersionObjectReference'],
  'io.k8s.api.core.v1': [
    ...['ConfigMapKeySelector', 'EndpointAddress', 'EndpointPort', 'FileKeySelector', 'LocalObjectReference'],
    ...['NodeSelector', 'NodeSelectorTerm', 'ObjectFieldSelector', 'ObjectReference', 'ResourceFieldSelector'],
    ...['ScopeSelector', 'SecretKeySelector', 'SecretReference', 'TopologySelectorTerm', 'TypedLocalObjectReference'],
  ],
  'io.k8s.api.discovery.v1': ['EndpointPort'],
  'io.k8s.api.networking.v1': ['ServiceBackendPort'],
  'io.k8s.api.rbac.v1': ['RoleRef', 'Subject'],
  'io.k8s.apimachinery.pkg.apis.meta.v1': ['LabelSelector', 'OwnerReference'],
};

/** What an item of a list has for a key that it does not give, by the item's type. */
const keyDefaults: Record<string, Record<string, unknown>> = {
  'io.k8s.api.core.v1.ContainerPort': { protocol: 'TCP' },
  'io.k8s.api.core.v1.ServicePort': { protocol: 'TCP' },
};

/** Whether objects of that type have one owner: `isAtomicType('io.k8s.api.core.v1.SecretKeySelector')`. */
export function isAtomicType(typeName: string): boolean {
  const dot = typeName.lastIndexOf('.');
  return atomicTypes[typeName.slice(0, dot)]?.includes(typeName.slice(dot + 1)) ?? false;
}

/** The value that counts for a key which an item of that type does not give. */
export const keyDefault = (typeName: string, key: string): unknown => keyDefaults[typeName]?.[key];

/** How one field merges. */
export interface MergeFacts {
  patchStrategy?: ('merge' | 'replace' | 'retainKeys')[];
  patchMergeKey?: string;
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: string[];
  mapType?: 'atomic' | 'granular';
}

const parsed = new Map<string, MergeFacts>();

/**
 * The facts of a field, by its type's schema name: `mergeFacts('io.k8s.api.core.v1.PodSpec', 'containers')` is
 * `{ patchStrategy: ['merge'], patchMergeKey: 'name', listType: 'map', listMapKeys: ['name'] }`. Undefined where the field
 * has none: a plain list is then replaced as a whole.
 */
export function mergeFacts(typeName: string, field: string): MergeFacts | undefined {
  const dot = typeName.lastIndexOf('.');
  const notation = table[typeName.slice(0, dot)]?.[typeName.slice(dot + 1)]?.[field];
  if (!notation) return undefined;
  let facts = parsed.get(notation);
  if (!facts) {
    facts = parse(notation);
    parsed.set(notation, facts);
  }
  return facts;
}

function parse(notation: string): MergeFacts {
  const facts: MergeFacts = {};
  for (const word of notation.split(' ')) {
    const [name, value] = word.split('=');
    switch (name) {
      case 'merge':
      case 'replace':
      case 'retainKeys':
        facts.patchStrategy = [...(facts.patchStrategy ?? []), name];
        if (value) facts.patchMergeKey = value;
        break;
      case 'map':
        facts.listType = 'map';
        facts.listMapKeys = value!.split(',');
        break;
      case 'set':
      case 'atomic':
        facts.listType = name;
        break;
      case 'struct':
        facts.mapType = value as 'atomic' | 'granular';
        break;
      default:
        throw new Error(`merge facts: unknown word ${word}`);
    }
  }
  return facts;
}
