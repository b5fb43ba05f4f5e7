import { describe, expect, test } from 'vitest';
import { apiVersionOf } from '../kind.ts';
import type { KubeObject } from '../types.ts';
import { type AnyKind, allKinds } from './all.ts';
import { kindFor } from './find.ts';
import { namespaces } from './namespaces.ts';
import { pods } from './pods.ts';
import { secrets } from './secrets.ts';
import { services } from './services.ts';

const context = { now: '2024-01-01T00:00:00Z', user: { name: 'jane', groups: [] } };
const named = (rest: object) => ({ metadata: { name: 'a', namespace: 'default' }, ...rest });

/** Two versions of one kind, which share names. */
const isSameKind = (a: AnyKind, b: AnyKind): boolean =>
  a.storedAs?.kind === b || b.storedAs?.kind === a || (a.group === b.group && a.kind === b.kind);

describe.each(allKinds.map((kind) => [kind.plural, kind] as const))('%s', (plural, kind) => {
  test('is found by its version and kind, and shares no name with another', () => {
    expect(kindFor(apiVersionOf(kind), kind.kind)).toBe(kind);
    const names = [plural, kind.singular, ...(kind.shortNames ?? [])];
    const others = allKinds
      .filter((k) => k !== kind && !isSameKind(k, kind))
      .flatMap((k) => [k.plural, k.singular, ...(k.shortNames ?? [])]);
    expect(names.filter((name) => others.includes(name))).toEqual([]);
  });

  test('survives an object without anything, and sets defaults once', () => {
    const object = named({}) as KubeObject;
    kind.setDefaults?.(object);
    kind.strategy?.prepareForCreate?.(object, context);
    expect(() => kind.validate?.(object, undefined)).not.toThrow();
    const once = structuredClone(object);
    kind.setDefaults?.(object);
    expect(object).toEqual(once);
    for (const column of kind.columns ?? []) {
      expect([column.name, ['string', 'number', 'boolean'].includes(typeof column.cell(object, 0))]).toEqual([
        column.name,
        true,
      ]);
    }
    for (const get of Object.values(kind.fieldSelectors ?? {})) expect(typeof get(object)).toBe('string');
  });
});

test('names of columns are Kubernetes’ own', () => {
  const names = Object.fromEntries(
    allKinds.map((k) => [k.plural, (k.columns ?? []).map((c) => (c.priority ? `(${c.name})` : c.name)).join(' ')]),
  );
  expect(names).toEqual({
    certificatesigningrequests: 'Name Age SignerName Requestor RequestedDuration Condition',
    flowschemas: 'Name PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL',
    mutatingadmissionpolicies: 'Name Mutations ParamKind Age',
    mutatingadmissionpolicybindings: 'Name PolicyName ParamRef Age',
    mutatingwebhookconfigurations: 'Name Webhooks Age',
    prioritylevelconfigurations: 'Name Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age',
    validatingadmissionpolicies: 'Name Validations ParamKind Age',
    validatingadmissionpolicybindings: 'Name PolicyName ParamRef Age',
    validatingwebhookconfigurations: 'Name Webhooks Age',
    apiservices: 'Name Service Available Age',
    clusterrolebindings: 'Name Role Age (Users) (Groups) (ServiceAccounts)',
    clusterroles: '',
    csidrivers: 'Name AttachRequired PodInfoOnMount StorageCapacity TokenRequests RequiresRepublish Modes Age',
    csinodes: 'Name Drivers Age',
    csistoragecapacities: 'Name StorageClassName Capacity',
    bindings: '',
    localsubjectaccessreviews: '',
    selfsubjectaccessreviews: '',
    selfsubjectrulesreviews: '',
    subjectaccessreviews: '',
    selfsubjectreviews: '',
    tokenreviews: '',
    componentstatuses: 'Name Status Message Error',
    deviceclasses: 'Name Age',
    horizontalpodautoscalers: 'Name Reference Targets MinPods MaxPods Replicas Age',
    ipaddresses: 'Name ParentRef Age',
    resourceclaims: 'Name State Age',
    resourceclaimtemplates: 'Name Age',
    resourceslices: 'Name Node Driver Pool Age',
    rolebindings: 'Name Role Age (Users) (Groups) (ServiceAccounts)',
    roles: '',
    servicecidrs: 'Name CIDRs Age',
    volumeattachments: 'Name Attacher PV Node Attached Age',
    volumeattributesclasses: 'Name DriverName Age',
    configmaps: 'Name Data Age',
    controllerrevisions: 'Name Controller Revision Age',
    cronjobs: 'Name Schedule Timezone Suspend Active Last Schedule Age (Containers) (Images) (Selector)',
    customresourcedefinitions: 'Name Created At',
    daemonsets: 'Name Desired Current Ready Up-to-date Available Node Selector Age (Containers) (Images) (Selector)',
    deployments: 'Name Ready Up-to-date Available Age (Containers) (Images) (Selector)',
    endpoints: 'Name Endpoints Age',
    endpointslices: 'Name AddressType Ports Endpoints Age',
    events: 'Last Seen Type Reason Object (Subobject) (Source) Message (First Seen) (Count) (Name)',
    ingressclasses: 'Name Controller Parameters Age',
    ingresses: 'Name Class Hosts Address Ports Age',
    jobs: 'Name Status Completions Duration Age (Containers) (Images) (Selector)',
    leases: 'Name Holder Age',
    limitranges: '',
    namespaces: 'Name Status Age',
    networkpolicies: 'Name Pod-Selector Age',
    nodes: 'Name Status Roles Age Version (Internal-IP) (External-IP) (OS-Image) (Kernel-Version) (Container-Runtime)',
    persistentvolumeclaims:
      'Name Status Volume Capacity Access Modes StorageClass VolumeAttributesClass Age (VolumeMode)',
    persistentvolumes:
      'Name Capacity Access Modes Reclaim Policy Status Claim StorageClass VolumeAttributesClass Reason Age (VolumeMode)',
    poddisruptionbudgets: 'Name Min Available Max Unavailable Allowed Disruptions Age',
    pods: 'Name Ready Status Restarts Age (IP) (Node) (Nominated Node) (Readiness Gates)',
    podtemplates: 'Name Containers Images Pod Labels',
    priorityclasses: 'Name Value Global-Default Age PreemptionPolicy',
    replicasets: 'Name Desired Current Ready Age (Containers) (Images) (Selector)',
    replicationcontrollers: 'Name Desired Current Ready Age (Containers) (Images) (Selector)',
    resourcequotas: 'Name Request Limit Age',
    runtimeclasses: 'Name Handler Age',
    secrets: 'Name Type Data Age',
    serviceaccounts: 'Name Secrets Age',
    services: 'Name Type Cluster-IP External-IP Port(s) Age (Selector)',
    statefulsets: 'Name Ready Age (Containers) (Images)',
    storageclasses: 'Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age',
  });
});

describe('defaults', () => {
  test('of a pod', () => {
    const pod = named({
      spec: {
        containers: [
          {
            name: 'a',
            image: 'nginx',
            resources: { limits: { cpu: '1' } },
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 80 } },
          },
        ],
        volumes: [{ name: 'v' }, { name: 's', secret: { secretName: 's' } }],
      },
    });
    pods.setDefaults?.(pod);
    expect(pod).toEqual(
      named({
        spec: {
          dnsPolicy: 'ClusterFirst',
          enableServiceLinks: true,
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
          volumes: [
            { name: 'v', emptyDir: {} },
            { name: 's', secret: { secretName: 's', defaultMode: 420 } },
          ],
          containers: [
            {
              name: 'a',
              image: 'nginx',
              imagePullPolicy: 'Always',
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              ports: [{ containerPort: 80, protocol: 'TCP' }],
              resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
              livenessProbe: {
                httpGet: { port: 80, path: '/', scheme: 'HTTP' },
                failureThreshold: 3,
                periodSeconds: 10,
                successThreshold: 1,
                timeoutSeconds: 1,
              },
            },
          ],
        },
      }),
    );
  });

  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.2', 'IfNotPresent'],
    ['host:5000/nginx', 'Always'],
    ['host:5000/nginx:1', 'IfNotPresent'],
    ['nginx@sha256:abc', 'IfNotPresent'],
    ['nginx:latest@sha256:abc', 'Always'],
  ])('image %s is pulled %s', (image, policy) => {
    const pod = named({ spec: { containers: [{ name: 'a', image }] } });
    pods.setDefaults?.(pod);
    expect(pod).toMatchObject({ spec: { containers: [{ imagePullPolicy: policy }] } });
  });

  test('of a secret: texts become data', () => {
    const secret = named({ stringData: { a: 'hi' }, data: { a: 'b2xk', b: 'eA==' } });
    secrets.setDefaults?.(secret);
    expect(secret).toEqual(named({ type: 'Opaque', data: { a: 'aGk=', b: 'eA==' } }));
  });
});

describe('strategies', () => {
  test('a pod starts Pending with its class, whatever status was sent', () => {
    const pod = named({ spec: { containers: [] }, status: { phase: 'Running' } });
    pods.strategy?.prepareForCreate?.(pod, context);
    expect(pod).toMatchObject({ status: { phase: 'Pending', qosClass: 'BestEffort' } });
  });

  test('a namespace starts Active, named in its labels, with the finalizer that empties it', () => {
    const namespace = { metadata: { name: 'x' } };
    namespaces.setDefaults?.(namespace);
    namespaces.strategy?.prepareForCreate?.(namespace, context);
    expect(namespace).toEqual({
      metadata: { name: 'x', labels: { 'kubernetes.io/metadata.name': 'x' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  const updated = (stored: object, sent: object) => {
    const [old, service] = [named({ spec: stored }), named({ spec: sent })];
    for (const object of [old, service]) services.setDefaults?.(object);
    services.strategy?.prepareForUpdate?.(service, old, context);
    return services.validate?.(service, old).length === 0 ? service : undefined;
  };
  const address = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] };
  const nodePort = { type: 'NodePort', ...address, ports: [{ name: 'a', port: 80, nodePort: 30000 }] };

  test('an update of a service keeps what was allocated', () => {
    const sent = {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    };
    expect(updated(nodePort, sent)).toMatchObject({ spec: { ...address, ports: [{ nodePort: 30000 }, { port: 81 }] } });
  });

  test('a service that changes its type drops what the type does not need', () => {
    const stored = { ...nodePort, externalTrafficPolicy: 'Cluster' };
    const clusterIP = updated(stored, { ...stored, type: 'ClusterIP' });
    expect(clusterIP).toMatchObject({ spec: { ...address, ports: [{ name: 'a', port: 80 }] } });
    expect(JSON.stringify(clusterIP)).not.toMatch(/nodePort|externalTrafficPolicy/);
    const external = updated(nodePort, { ...nodePort, type: 'ExternalName', externalName: 'example.com' });
    expect(JSON.stringify(external)).not.toMatch(/clusterIP|nodePort|ipFamil/);
  });

  test('a pod without a node, or at its end, goes at once', () => {
    const grace = (spec: object, phase = 'Running') =>
      pods.gracePeriod?.(named({ spec: { containers: [], ...spec }, status: { phase } }));
    expect(grace({})).toBe(0);
    expect(grace({ nodeName: 'n' })).toBe(30);
    expect(grace({ nodeName: 'n', terminationGracePeriodSeconds: 5 })).toBe(5);
    expect(grace({ nodeName: 'n' }, 'Failed')).toBe(0);
  });
});
