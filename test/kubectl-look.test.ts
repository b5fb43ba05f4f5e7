/** What kubectl tells of the server and its kinds: version, cluster-info, api-resources, explain, describe, events, proxy. */
import { expect } from 'vitest';
import { allKinds } from '../api/kinds/all.ts';
import { type Expected, fails, type Line, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const objects = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web }, annotations: { note: here } }
spec:
  nodeSelector: { disk: ssd }
  volumes:
    - { name: cache, emptyDir: {} }
    - { name: settings, configMap: { name: settings } }
  containers:
    - name: main
      image: busybox:1.35
      command: [sh, -c, sleep 1]
      ports: [{ containerPort: 80 }]
      env: [{ name: A, value: b }]
      resources: { requests: { cpu: 100m }, limits: { memory: 64Mi } }
      livenessProbe: { httpGet: { path: /healthz, port: 80 } }
      volumeMounts: [{ name: cache, mountPath: /cache }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: blue }
---
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { password: hidden }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: main, image: 'busybox:1.35' }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: '0 3 * * *'
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: 'busybox:1.35' }] } } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec: { rules: [{ host: web.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] } }] }
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { configmaps: '100' } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, max: { cpu: '2' } }] }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: disk }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: budget }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed }
spec: { podSelector: {}, policyTypes: [Ingress] }
`;

const names = (kinds: readonly { plural: string; group: string }[]): string =>
  kinds
    .map(({ plural, group }) => (group ? `${plural}.${group}` : plural))
    .sort()
    .join('\n');

/** A kind that has two versions stands in the list once. */
const served = [...new Map(allKinds.map((kind) => [`${kind.plural}.${kind.group}`, kind])).values()];

const explained = allKinds.map(
  ({ plural, group, version, kind }): Line => [
    `kubectl explain ${plural} --recursive --api-version=${group ? `${group}/` : ''}${version}`,
    new RegExp(
      `^(GROUP: +${group}\\n)?KIND: +${kind}\\nVERSION: +\\S*${version}\\n[\\s\\S]*FIELDS:\\n[\\s\\S]*  kind\\t<string>`,
    ),
  ],
);

/** An older kubectl asks for Endpoints, which Kubernetes warns of. */
const maybeWarned = (stdout: RegExp): Expected => ({
  stdout,
  stderr: /^(Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice)?$/,
});

/** Each kind's own part of \`describe\`, which kubectl reads from what the server answers. */
const described: Line[] = [
  [
    'kubectl describe pod web',
    /^Name: +web\nNamespace: +\$NS\n(Priority: +0\n)?Node: +<none>\nLabels: +app=web\nAnnotations: +note: here\nStatus: +Pending\n[\s\S]*Liveness: +http-get http:\/\/:80\/healthz delay=0s timeout=1s period=10s #success=1 #failure=3\n[\s\S]*QoS Class: +Burstable\nNode-Selectors: +disk=ssd\nTolerations: +node.kubernetes.io\/not-ready:NoExecute op=Exists for 300s\n +node.kubernetes.io\/unreachable:NoExecute op=Exists for 300s\nEvents: +<none>$/,
    27,
  ],
  [
    'kubectl describe service web',
    maybeWarned(
      /^Name: +web\nNamespace: +\$NS\nLabels: +<none>\nAnnotations: +<none>\nSelector: +app=web\nType: +ClusterIP\nIP Family Policy: +SingleStack\nIP Families: +IPv4\nIP: +10\.96\.\d+\.\d+\nIPs: +10\.96\.\d+\.\d+\nPort: +<unset> +80\/TCP\nTargetPort: +8080\/TCP\nEndpoints: +(<none>)?\nSession Affinity: +None\n/,
    ),
  ],
  [
    'kubectl describe configmap settings',
    /^Name: +settings\n[\s\S]*Data\n====\ncolour:\n----\nblue\n[\s\S]*BinaryData\n====/,
    27,
  ],
  ['kubectl describe secret key', /^Name: +key\n[\s\S]*Type: +Opaque\n\nData\n====\npassword: +6 bytes$/],
  [
    'kubectl describe deployment web',
    /^Name: +web\n[\s\S]*Replicas: +1 desired \| 0 updated \| 0 total \| 0 available \| 0 unavailable\nStrategyType: +RollingUpdate\nMinReadySeconds: +0\nRollingUpdateStrategy: +25% max unavailable, 25% max surge\nPod Template:\n +Labels: +app=web\n +Containers:\n +main:\n +Image: +busybox:1.35\n/,
  ],
  [
    'kubectl describe cronjob nightly',
    /^Name: +nightly\n[\s\S]*Schedule: +0 3 \* \* \*\nConcurrency Policy: +Allow\nSuspend: +False\nSuccessful Job History Limit: +3\nFailed Job History Limit: +1\n/,
    27,
  ],
  [
    'kubectl describe ingress web',
    maybeWarned(/^Name: +web\n[\s\S]*Rules:\n +Host +Path +Backends\n +-+ +-+ +-+\n +web.example +\n +\/ +web:80/),
  ],
  ['kubectl describe quota quota', /^Name: +quota\nNamespace: +\$NS\nResource +Used +Hard\n-------- +---- +----/],
  ['kubectl describe limits limits', /^Name: +limits\n[\s\S]*Container +cpu +- +2 +2 +2 +-/],
  [
    'kubectl describe pvc disk',
    /^Name: +disk\n[\s\S]*Finalizers: +\[.*\]\nCapacity: +\nAccess Modes: +\nVolumeMode: +Filesystem\nUsed By: +<none>\n/,
  ],
  ['kubectl describe pdb budget', /^Name: +budget\nNamespace: +\$NS\nMin available: +1\nSelector: +app=web\n/, 27],
  [
    'kubectl describe netpol closed',
    /^Name: +closed\n[\s\S]*PodSelector: +<none> \(Allowing the specific traffic to all pods in this namespace\)\n +Allowing ingress traffic:\n +<none> \(Selected pods are isolated for ingress connectivity\)\n +Not affecting egress traffic\n +Policy Types: Ingress$/,
  ],
  [
    'kubectl describe sa default',
    /^Name: +default\nNamespace: +\$NS\nLabels: +<none>\nAnnotations: +<none>\nImage pull secrets: +<none>\nMountable secrets: +<none>\nTokens: +<none>\nEvents: +<none>$/,
  ],
  [
    'kubectl describe ns $NS',
    /^Name: +\$NS\nLabels: +kubernetes.io\/metadata.name=\$NS\nAnnotations: +<none>\nStatus: +Active\n\nResource Quotas\n +Name: +quota\n[\s\S]*Resource Limits\n/,
  ],
  ['kubectl describe pod nothing', fails('Error from server (NotFound): pods "nothing" not found')],
  ['kubectl describe pod w', /^Name: +web\n/],
];

const event = (name: string, type: string, reason: string, time: string): string => `
apiVersion: v1
kind: Event
metadata: { name: ${name} }
involvedObject: { apiVersion: v1, kind: Pod, name: web, namespace: $NS }
type: ${type}
reason: ${reason}
message: Told by ${name}
firstTimestamp: '${time}'
lastTimestamp: '${time}'
count: 1
---`;

const scenarios: Scenario[] = [
  {
    name: 'conformance: Kubectl, version',
    lines: [
      [
        'kubectl version',
        {
          stdout: /^Client Version: .*v1\.\d+\.\d+[\s\S]*Server Version: .*v1\.\d+\.\d+\+minik/,
          stderr:
            /WARNING: version difference between client \(1\.\d+\) and server \(1\.\d+\) exceeds the supported minor version skew/,
        },
        27,
      ],
      [
        'kubectl version -o json 2>/dev/null',
        {
          json: {
            clientVersion: { major: '1' },
            serverVersion: {
              gitVersion: expect.stringMatching(/^v1\.\d+\.\d+\+minik$/),
              platform: expect.stringMatching(/^linux\//),
            },
          },
        },
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, cluster info',
    lines: [
      ['kubectl cluster-info', /Kubernetes (control plane|master).* is running at .*https:\/\/127\.0\.0\.1:\d+/],
      ['kubectl cluster-info dump --namespaces $NS -o json | head -c 40', /^{\n {4}"kind": "NodeList"/],
    ],
  },
  {
    name: 'conformance: Kubectl, check version v1',
    lines: [
      ['kubectl api-versions | grep -x v1', 'v1'],
      ['kubectl api-versions | grep -x apps/v1', 'apps/v1'],
    ],
  },
  {
    name: 'api-resources',
    lines: [
      ['kubectl api-resources -o name | grep -v example.com | sort', names(served)],
      ['kubectl api-resources --no-headers | grep -w "^pods"', /^pods +po +v1 +true +Pod$/],
      [
        'kubectl api-resources -o wide --no-headers | grep "^services "',
        /^services +svc +v1 +true +Service +(\[create delete deletecollection get list patch update watch\]|create,delete,deletecollection,get,list,patch,update,watch) +(\[?all\]?)?$/,
        27,
      ],
      [
        'kubectl api-resources --api-group=apps -o name',
        'controllerrevisions.apps\ndaemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps',
      ],
      [
        'kubectl api-resources --namespaced=false --api-group= -o name',
        /^(componentstatuses\n)?namespaces\nnodes\npersistentvolumes$/,
      ],
      [
        'kubectl api-resources --verbs=list,create --api-group=discovery.k8s.io --no-headers',
        /^endpointslices +discovery.k8s.io\/v1 +true +EndpointSlice$/,
      ],
      [
        'kubectl api-resources --sort-by=kind --api-group=networking.k8s.io -o name | head -2',
        'ipaddresses.networking.k8s.io\ningresses.networking.k8s.io',
      ],
      ['kubectl api-resources --sort-by=x', fails(/sort-by accepts only name or kind/)],
    ],
  },
  {
    name: 'api-resources of a category',
    since: 27,
    lines: [
      [
        'kubectl api-resources --categories=all -o name | sort | head -3',
        'cronjobs.batch\ndaemonsets.apps\ndeployments.apps',
      ],
    ],
  },
  { name: 'explain all kinds', lines: explained },
  {
    name: 'explain',
    lines: [
      [
        'kubectl explain pod.spec.containers.livenessProbe.httpGet.port',
        /^KIND: +Pod\nVERSION: +v1\n\nFIELD: +port <IntOrString>( -required-)?\n/,
        27,
      ],
      [
        'kubectl explain deployments.apps.spec.strategy',
        /FIELD: +strategy <DeploymentStrategy>\n[\s\S]*rollingUpdate\t<RollingUpdateDeployment>/,
        27,
      ],
      [
        'kubectl explain pod.spec.nothing',
        { status: 1, stdout: /^KIND: +Pod\nVERSION: +v1\n$|^$/, stderr: 'error: field "nothing" does not exist' },
      ],
      ['kubectl explain nothing', fails(/the server doesn't have a resource type "nothing"/)],
    ],
  },
  {
    name: 'describe',
    files: { 'all.yaml': objects },
    lines: [['kubectl apply -f all.yaml -o name | wc -l', '12'], ...described],
  },
  {
    name: 'events',
    since: 26,
    files: {
      'pod.yaml': objects.split('---')[0]!,
      'events.yaml':
        event('a', 'Normal', 'Scheduled', '2030-01-01T00:00:00Z') +
        event('b', 'Warning', 'Failed', '2030-01-01T00:00:01Z'),
    },
    lines: [
      ['kubectl events', { stderr: 'No events found in $NS namespace.' }],
      ['kubectl create -f pod.yaml -f events.yaml -o name', 'pod/web\nevent/a\nevent/b'],
      [
        'kubectl events',
        /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\S+ +Normal +Scheduled +Pod\/web +Told by a\n\S+ +Warning +Failed +Pod\/web +Told by b$/,
      ],
      ['kubectl events --types=Warning --no-headers', /^\S+ +Warning +Failed +Pod\/web +Told by b$/],
      ["kubectl events --for pod/web -o jsonpath='{.items[*].metadata.name}'", 'a b'],
      ['kubectl events --for pod/other', { stderr: 'No events found in $NS namespace.' }],
      ['kubectl get events --sort-by=.lastTimestamp -o custom-columns=R:.reason --no-headers', 'Scheduled\nFailed'],
      [
        'kubectl get events',
        /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\S+ +Normal +Scheduled +pod\/web +Told by a\n/,
      ],
      ['kubectl get events --field-selector type=Warning,involvedObject.name=web -o name', 'event/b'],
    ],
  },
  {
    name: 'conformance: Kubectl, proxy port zero',
    lines: [
      [
        `kubectl proxy --port=0 > proxy & until grep -qs Starting proxy; do sleep 0.05; done
         curl -s http://$(grep -oE '127.0.0.1:[0-9]+' proxy)/api/; kill $!`,
        { json: { kind: 'APIVersions', versions: ['v1'] } },
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, proxy socket',
    lines: [
      [
        `kubectl proxy --unix-socket=socket > proxy & until grep -qs Starting proxy; do sleep 0.05; done
         curl -s --unix-socket socket http://localhost/api/v1/namespaces/$NS; kill $!`,
        { json: { kind: 'Namespace', metadata: { name: expect.stringMatching(/proxy-socket/) } } },
      ],
      [
        'kubectl proxy --unix-socket=/nowhere/socket',
        fails(/^error: listen unix \/nowhere\/socket: bind: no such file or directory$/),
      ],
    ],
  },
];

kubectlSuite(25_750, scenarios);
