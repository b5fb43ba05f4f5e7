/** kubectl's generators: what each command of `kubectl create` stores. Until 1.31 they send JSON, later ones protobuf. */
import { expect } from 'vitest';
import { fails, type Line, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

/** `since` is the minor version of the first kubectl that has it in a version of the API that is still served. */
type Generated = [command: string, says: string, what: string, stored: object, since?: number];

const generated: Generated[] = [
  ['namespace $NS-a', 'namespace/$NS-a created', 'namespace $NS-a', { status: { phase: 'Active' } }],
  [
    'configmap c --from-literal=a=1 --from-literal=b=',
    'configmap/c created',
    'configmap c',
    { data: { a: '1', b: '' } },
  ],
  ['secret generic s --from-literal=k=v', 'secret/s created', 'secret s', { type: 'Opaque', data: { k: 'dg==' } }],
  [
    'secret docker-registry r --docker-username=u --docker-password=p',
    'secret/r created',
    'secret r',
    { type: 'kubernetes.io/dockerconfigjson' },
  ],
  ['serviceaccount sa', 'serviceaccount/sa created', 'serviceaccount sa', { metadata: { name: 'sa' } }],
  [
    'deployment web --image=busybox:1.35 --port=80',
    'deployment.apps/web created',
    'deployment web',
    {
      metadata: { generation: 1, labels: { app: 'web' } },
      spec: {
        replicas: 1,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: {
          spec: {
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
            containers: [
              {
                name: 'busybox',
                image: 'busybox:1.35',
                imagePullPolicy: 'IfNotPresent',
                ports: [{ containerPort: 80, protocol: 'TCP' }],
              },
            ],
          },
        },
      },
    },
  ],
  [
    'deployment none --image=busybox:1.35 --replicas=0',
    'deployment.apps/none created',
    'deployment none',
    { spec: { replicas: 0 } },
  ],
  [
    'service clusterip web --tcp=80:8080',
    'service/web created',
    'service web',
    {
      spec: {
        type: 'ClusterIP',
        clusterIP: expect.stringMatching(/^10\.96\./),
        sessionAffinity: 'None',
        ports: [{ name: '80-8080', port: 80, protocol: 'TCP', targetPort: 8080 }],
      },
    },
  ],
  ['service clusterip none --clusterip=None', 'service/none created', 'service none', { spec: { clusterIP: 'None' } }],
  [
    'service nodeport np --tcp=80:http',
    'service/np created',
    'service np',
    { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 'http', nodePort: expect.any(Number) }] } },
  ],
  [
    'service externalname en --external-name=x.example',
    'service/en created',
    'service en',
    { spec: { type: 'ExternalName', externalName: 'x.example' } },
  ],
  [
    'job j --image=busybox:1.35 -- echo hi',
    'job.batch/j created',
    'job j',
    {
      metadata: { generation: 1 },
      spec: {
        completions: 1,
        backoffLimit: 6,
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': expect.any(String) } },
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'j', command: ['echo', 'hi'] }] } },
      },
    },
  ],
  [
    'cronjob c --image=busybox:1.35 --schedule=@hourly',
    'cronjob.batch/c created',
    'cronjob c',
    {
      spec: {
        schedule: '@hourly',
        concurrencyPolicy: 'Allow',
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c' }] } } } },
      },
    },
    22,
  ],
  [
    'job from-c --from=cronjob/c',
    'job.batch/from-c created',
    'job from-c',
    { metadata: { ownerReferences: [{ kind: 'CronJob', name: 'c' }] } },
    22,
  ],
  [
    'quota q --hard=cpu=1,pods=2 --scopes=NotTerminating',
    'resourcequota/q created',
    'quota q',
    { spec: { hard: { cpu: '1', pods: '2' }, scopes: ['NotTerminating'] }, status: {} },
  ],
  [
    'poddisruptionbudget b --selector=app=web --min-available=50%',
    'poddisruptionbudget.policy/b created',
    'pdb b',
    { spec: { minAvailable: '50%', selector: { matchLabels: { app: 'web' } } } },
    22,
  ],
  [
    'priorityclass $NS-high --value=1000 --description=much',
    'priorityclass.scheduling.k8s.io/$NS-high created',
    'priorityclass $NS-high',
    { value: 1000, description: 'much', preemptionPolicy: 'PreemptLowerPriority' },
  ],
  [
    'priorityclass $NS-none --value=0 --preemption-policy=Never',
    'priorityclass.scheduling.k8s.io/$NS-none created',
    'priorityclass $NS-none',
    { value: 0, preemptionPolicy: 'Never' },
  ],
  [
    'ingress i --class=x --rule=web.example/path*=svc:8080,tls=cert',
    'ingress.networking.k8s.io/i created',
    'ingress i',
    {
      spec: {
        ingressClassName: 'x',
        tls: [{ hosts: ['web.example'], secretName: 'cert' }],
        rules: [
          {
            host: 'web.example',
            http: {
              paths: [
                { path: '/path', pathType: 'Prefix', backend: { service: { name: 'svc', port: { number: 8080 } } } },
              ],
            },
          },
        ],
      },
    },
  ],
  [
    'secret tls t --cert=$PKI/apiserver.crt --key=$PKI/apiserver.key',
    'secret/t created',
    'secret t',
    { type: 'kubernetes.io/tls', data: { 'tls.crt': expect.any(String), 'tls.key': expect.any(String) } },
  ],
  [
    'configmap files --from-file=colours --from-file=other=colours/blue',
    'configmap/files created',
    'configmap files',
    { data: { blue: 'sky\n', red: 'rose\n', other: 'sky\n' } },
  ],
  [
    'configmap env --from-env-file=settings.env',
    'configmap/env created',
    'configmap env',
    { data: { A: '1', B: 'two words' } },
  ],
  [
    'service loadbalancer lb --tcp=80:8080',
    'service/lb created',
    'service lb',
    { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: true, externalTrafficPolicy: 'Cluster' } },
  ],
  [
    'role reader --verb=get,list --resource=pods,deployments.apps/scale --resource-name=one',
    'role.rbac.authorization.k8s.io/reader created',
    'role reader',
    {
      rules: [
        { apiGroups: [''], resources: ['pods'], resourceNames: ['one'], verbs: ['get', 'list'] },
        { apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: ['one'], verbs: ['get', 'list'] },
      ],
    },
  ],
  [
    'rolebinding reads --role=reader --user=ann --group=staff --serviceaccount=default:robot',
    'rolebinding.rbac.authorization.k8s.io/reads created',
    'rolebinding reads',
    {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [
        { kind: 'User', name: 'ann' },
        { kind: 'Group', name: 'staff' },
        { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
      ],
    },
  ],
  [
    'clusterrole $NS-r --verb=get --resource=nodes --non-resource-url=/metrics',
    'clusterrole.rbac.authorization.k8s.io/$NS-r created',
    'clusterrole $NS-r',
    {
      rules: [
        { resources: ['nodes'], verbs: ['get'] },
        { nonResourceURLs: ['/metrics'], verbs: ['get'] },
      ],
    },
  ],
  [
    'clusterrole $NS-sum --aggregation-rule=a=b',
    'clusterrole.rbac.authorization.k8s.io/$NS-sum created',
    'clusterrole $NS-sum',
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
  ],
  [
    'clusterrolebinding $NS-b --clusterrole=view --user=ann',
    'clusterrolebinding.rbac.authorization.k8s.io/$NS-b created',
    'clusterrolebinding $NS-b',
    { roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'User', name: 'ann' }] },
  ],
];

const linesOf = ([command, says, what, stored, since]: Generated): Line[] => [
  [`kubectl create ${command}`, says, since],
  [`kubectl get ${what} -o json`, { json: stored }, since],
];

const files = { 'colours/blue': 'sky\n', 'colours/red': 'rose\n', 'settings.env': 'A=1\n# none\nB=two words\n' };

const scenarios: Scenario[] = [
  // One after the other: a later one may need what an earlier one made.
  {
    name: 'workloads',
    lines: generated.filter(([command]) => /^(deployment|job|cronjob)/.test(command)).flatMap(linesOf),
  },
  {
    name: 'all others',
    files,
    lines: generated.filter(([command]) => !/^(deployment|job|cronjob)/.test(command)).flatMap(linesOf),
  },
  {
    name: 'token',
    since: 24,
    lines: [
      ['kubectl create serviceaccount robot', 'serviceaccount/robot created'],
      ['kubectl create token robot | cut -d. -f2 | tr -d "\\n" | wc -c', /^\d{3}$/],
      [
        'kubectl create token robot --audience=x --duration=1h -o json',
        {
          json: {
            kind: 'TokenRequest',
            apiVersion: 'authentication.k8s.io/v1',
            spec: { audiences: ['x'], expirationSeconds: 3600 },
            status: {
              token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
              expirationTimestamp: expect.any(String),
            },
          },
        },
      ],
      ['kubectl create token nobody', fails('error: failed to create token: serviceaccounts "nobody" not found')],
      [
        'kubectl create token robot --duration=1m',
        fails(
          'error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
        ),
      ],
    ],
  },
  {
    name: 'refused',
    lines: [
      ['kubectl create configmap dry --dry-run=server', 'configmap/dry created (server dry run)'],
      ['kubectl create configmap dry --dry-run=client', 'configmap/dry created (dry run)'],
      ['kubectl get configmap dry', fails('Error from server (NotFound): configmaps "dry" not found')],
      [
        'kubectl create namespace default',
        fails('Error from server (AlreadyExists): namespaces "default" already exists'),
      ],
      [
        'kubectl create serviceaccount A_b',
        fails(
          /^error: failed to create serviceaccount: ServiceAccount "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123/,
        ),
        27,
      ],
      [
        'kubectl create configmap c -n nowhere',
        fails(/^(error: failed to create configmap: |Error from server \(NotFound\): )namespaces "nowhere" not found$/),
      ],
      [
        'kubectl create role r --verb=get --resource=nothings',
        fails('the server doesn\'t have a resource type "nothings"'),
      ],
      ['kubectl create secret generic', fails(/^error: exactly one NAME is required, got 0/)],
      ['kubectl create deployment d', fails('error: required flag(s) "image" not set'), 27],
      [
        'kubectl create quota q --hard=pods=-1',
        fails(
          /^error: failed to create quota: ResourceQuota "q" is invalid: spec.hard\[pods\]: Invalid value: "-1": must be greater than or equal to 0$/,
        ),
        27,
      ],
    ],
  },
];

kubectlSuite(25_730, scenarios);
