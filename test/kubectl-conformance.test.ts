/** The rows of kubectl's conformance that need running pods, with the newest kubectl on a cluster with real containers. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { services } from '../api/kinds/services.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPaths } from './harness/kubectl.ts';
import { KubectlSession, type Line, type Scenario } from './harness/kubectl-session.ts';
import { hostAnswer } from './harness/network.ts';

if (kubectlMissing) console.warn(`kubectl's conformance tests with containers are skipped: ${kubectlMissing}`);

const pod = (name: string, labels: string, command: string, port: number): string => `
    metadata: { labels: ${labels} }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: ${name}
          image: busybox:1.35
          command: [sh, -c, '${command}']
          ports: [{ name: http, containerPort: ${port} }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
`;

const controller = (
  name: string,
  replicas: number,
  command = 'mkdir /www && exec httpd -f -p 6379 -h /www',
): string => `
apiVersion: v1
kind: ReplicationController
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { app: ${name} }
  template:${pod(name, `{ app: ${name}, role: primary }`, command.replace('mkdir /www', 'mkdir /www && touch /www/index.html'), 6379)}`;

/** A tier of the guestbook: a web server whose one program, in the shell, is \`script\`, and the Service in front of it. */
const tier = (name: string, replicas: number, script: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data:
  guestbook: |
    #!/bin/sh
    printf 'Content-type: text/plain\\r\\n\\r\\n'
    ${script}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 1
      volumes: [{ name: program, configMap: { name: ${name}, defaultMode: 0755 } }]
      containers:
        - name: web
          image: busybox:1.35
          command: [sh, -c, 'mkdir /www && ln -s /program /www/cgi-bin && touch /www/index.html && exec httpd -f -p 8080 -h /www']
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
          volumeMounts: [{ name: program, mountPath: /program }]
---`;

/** Entries are written to the primary and read from a replica, which asks the primary; pods find Services by their environment. */
const guestbook = {
  'primary.yaml': tier(
    'primary',
    1,
    'case "$QUERY_STRING" in set=*) echo "$QUERY_STRING" | cut -d= -f2 > /tmp/entry;; esac; cat /tmp/entry',
  ),
  'replica.yaml': tier('replica', 2, 'wget -qO- "http://$PRIMARY_SERVICE_HOST/cgi-bin/guestbook"'),
  'frontend.yaml': tier(
    'frontend',
    3,
    'case "$QUERY_STRING" in set=*) to=$PRIMARY_SERVICE_HOST;; *) to=$REPLICA_SERVICE_HOST;; esac; wget -qO- "http://$to/cgi-bin/guestbook?$QUERY_STRING"',
  ),
};

const logger = `
apiVersion: v1
kind: Pod
metadata: { name: logger }
spec:
  restartPolicy: Never
  containers:
    - { name: logger, image: 'busybox:1.35', command: [sh, -c, 'for i in $(seq 1 20); do echo "line $i of the log"; done; sleep 3; echo the last line'] }
`;

/** Kubernetes warns of each answer that has them. */
const deprecation = /^(Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice\n?)+$/;

const timestamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`;

const scenarios: Scenario[] = [
  {
    name: 'conformance: Kubectl, replication controller',
    files: { 'rc.yaml': controller('web', 2) },
    lines: [
      ['kubectl create -f rc.yaml', 'replicationcontroller/web created'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.readyReplicas}=2 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      [
        "kubectl get pods -l app=web -o go-template='{{range .items}}{{range .status.containerStatuses}}{{.name}} {{.ready}};{{end}}{{end}}'",
        'web true;web true;',
      ],
      ['kubectl get rc web --no-headers', /^web {3}2 {5}2 {5}2 {5}\d+s$/],
      [
        'kubectl delete --grace-period=0 --force -f rc.yaml',
        { stdout: 'replicationcontroller "web" force deleted', stderr: /^Warning: Immediate deletion/ },
      ],
      ['kubectl get rc -l app=web', { stderr: 'No resources found in $NS namespace.' }],
      ['kubectl wait pods -l app=web --for=delete --timeout=120s', /^(pod\/web-\w{5} condition met\n?)*$/],
    ],
  },
  {
    name: 'conformance: Kubectl, scale replication controller',
    files: { 'rc.yaml': controller('web', 2) },
    lines: [
      ['kubectl create -f rc.yaml', 'replicationcontroller/web created'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.readyReplicas}=2 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      ['kubectl scale rc web --replicas=1 --timeout=1m', 'replicationcontroller/web scaled'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.replicas}=1 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      // The pod that is too many takes its time to end.
      ['until [ "$(kubectl get pods -l app=web -o name | wc -l)" = 1 ]; do sleep 0.2; done', ''],
      ['kubectl scale rc web --replicas=2 --timeout=1m', 'replicationcontroller/web scaled'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.readyReplicas}=2 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      ["kubectl get pods -l app=web -o jsonpath='{.items[*].status.phase}'", 'Running Running'],
    ],
  },
  {
    name: 'conformance: Kubectl, patch to annotate',
    files: { 'rc.yaml': controller('web', 2) },
    lines: [
      ['kubectl create -f rc.yaml', 'replicationcontroller/web created'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.readyReplicas}=2 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      [
        `for pod in $(kubectl get pods -l app=web -o name); do kubectl patch $pod -p '{"metadata":{"annotations":{"x":"y"}}}'; done`,
        /^pod\/web-\w{5} patched\npod\/web-\w{5} patched$/,
      ],
      ["kubectl get pods -l app=web -o jsonpath='{.items[*].metadata.annotations.x}'", 'y y'],
    ],
  },
  {
    name: 'conformance: Kubectl, create service, replication controller',
    files: { 'rc.yaml': controller('web', 1) },
    lines: [
      ['kubectl create -f rc.yaml', 'replicationcontroller/web created'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.readyReplicas}=1 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      ['kubectl expose rc web --name=first --port=1234 --target-port=6379', 'service/first exposed'],
      ['kubectl expose service first --name=second --port=2345 --target-port=6379', 'service/second exposed'],
      [
        'kubectl get svc first second -o custom-columns=N:.metadata.name,P:.spec.ports[0].port,T:.spec.ports[0].targetPort --no-headers',
        'first    1234   6379\nsecond   2345   6379',
      ],
      ...['first', 'second'].map(
        (name): Line => [
          `kubectl wait endpoints/${name} --for=jsonpath={.subsets[0].addresses[0].targetRef.kind}=Pod --timeout=120s`,
          { stdout: `endpoints/${name} condition met`, stderr: deprecation },
        ],
      ),
      [
        "kubectl get endpoints first second -o jsonpath='{.items[*].subsets[0].ports[0].port}'",
        { stdout: '6379 6379', stderr: deprecation },
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, describe pod or rc',
    files: { 'rc.yaml': controller('web', 1) },
    lines: [
      ['kubectl create -f rc.yaml', 'replicationcontroller/web created'],
      ['kubectl expose rc web --port=6379 --target-port=http', 'service/web exposed'],
      [
        'kubectl wait rc/web --for=jsonpath={.status.readyReplicas}=1 --timeout=120s',
        'replicationcontroller/web condition met',
      ],
      [
        'kubectl describe $(kubectl get pods -l app=web -o name)',
        /^Name: +web-\w{5}\nNamespace: +\$NS\n[\s\S]*Node: +minik-1\/10\.[\s\S]*Labels: +app=web\n +role=primary\n[\s\S]*Status: +Running\nIP: +10\.[\s\S]*Controlled By: +ReplicationController\/web\n[\s\S]*Image: +busybox:1.35\n[\s\S]*State: +Running\n/,
      ],
      [
        'kubectl describe rc web',
        /^Name: +web\nNamespace: +\$NS\nSelector: +app=web\nLabels: +app=web\n +role=primary\nAnnotations: +<none>\nReplicas: +1 current \/ 1 desired\nPods Status: +1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed\nPod Template:\n +Labels: +app=web\n +role=primary\n +Containers:\n +web:\n +Image: +busybox:1.35\n +Port: +6379\/TCP\n[\s\S]*SuccessfulCreate +\S+ +replicationcontroller-controller +Created pod: web-\w{5}$/,
      ],
      [
        'kubectl describe service web',
        /^Name: +web\n[\s\S]*Selector: +app=web\nType: +ClusterIP\n[\s\S]*IP: +10\.[\s\S]*Port: +<unset> +6379\/TCP\nTargetPort: +http\/TCP\nEndpoints: +10\.[\d.]+:6379\n/,
      ],
      [
        'kubectl describe node minik-1',
        /^Name: +minik-1\n[\s\S]*Conditions:\n +Type +Status +LastHeartbeatTime +LastTransitionTime +Reason +Message\n[\s\S]*Ready +True[\s\S]*Addresses:\n +InternalIP: +10\.[\s\S]*Capacity:\n[\s\S]*Container Runtime Version: +docker:\/\/[\s\S]*Kubelet Version: +v1\.[\s\S]*Non-terminated Pods:[\s\S]*\$NS +web-\w{5}/,
      ],
      [
        'kubectl describe namespace $NS',
        /^Name: +\$NS\nLabels: +kubernetes.io\/metadata.name=\$NS\nAnnotations: +<none>\nStatus: +Active\n/,
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, logs',
    files: { 'pod.yaml': logger },
    lines: [
      ['kubectl create -f pod.yaml', 'pod/logger created'],
      [
        'until kubectl logs logger 2>/dev/null | grep -q "line 20"; do sleep 0.2; done; kubectl logs logger -c logger | head -2',
        'line 1 of the log\nline 2 of the log',
      ],
      ['kubectl logs logger --tail=1 --limit-bytes=1', /^[lt]$/],
      ['kubectl wait pod/logger --for=jsonpath={.status.phase}=Succeeded --timeout=120s', 'pod/logger condition met'],
      ['kubectl logs logger --tail=2', 'line 20 of the log\nthe last line'],
      ['kubectl logs logger --limit-bytes=8', 'line 1 o'],
      ['kubectl logs logger --tail=1 --timestamps', new RegExp(`^${timestamp} the last line$`)],
      ['kubectl logs logger --since=24h | wc -l', '21'],
      // The last line came three seconds after the others, so it alone is as new as itself.
      [
        'kubectl logs logger --since-time=$(kubectl logs logger --tail=1 --timestamps | cut -d" " -f1)',
        'the last line',
      ],
    ],
  },
];

describe.skipIf(kubectlMissing)('kubectl with containers', () => {
  let cluster: Cluster;
  let session: KubectlSession;

  beforeAll(async () => {
    cluster = await Cluster.start();
    session = new KubectlSession(cluster, [...kubectlPaths.keys()].at(-1)!);
  });

  afterAll(() => cluster?.purge());

  for (const scenario of scenarios) test.concurrent(scenario.name, () => session.play(scenario));

  test.concurrent('conformance: Kubectl, guestbook application', async () => {
    await session.play({
      name: 'guestbook',
      files: guestbook,
      lines: [
        ['cat primary.yaml replica.yaml frontend.yaml | kubectl create -f - -o name | wc -l', '9'],
        ...Object.entries({ primary: 1, replica: 2, frontend: 3 }).map(([name, count]): [string, string] => [
          `kubectl wait rs/${name} --for=jsonpath={.status.readyReplicas}=${count} --timeout=120s`,
          `replicaset.apps/${name} condition met`,
        ]),
      ],
    });
    const { spec } = await cluster.client().of(services).get('frontend', `guestbook-${session.minor}`);
    const ask = (query: string): Promise<string> => hostAnswer(spec!.clusterIP!, 80, `/cgi-bin/guestbook?${query}`);
    await eventually('the entry is stored', async () => (await ask('set=TestEntry')) === 'TestEntry\n');
    await eventually('the entry is read', async () => (await ask('get')) === 'TestEntry\n');
  });
});
