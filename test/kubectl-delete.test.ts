/** kubectl's ways to delete, and what it does with nodes and rollouts. */
import { fails, type Line, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const configMaps = (...names: string[]): string =>
  names
    .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, labels: { app: web } }\n`)
    .join('---\n');

const replicaSet = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: main, image: 'busybox:1.35' }]
`;

const controller = `
apiVersion: v1
kind: ReplicationController
metadata: { name: web }
spec:
  replicas: 2
  selector: { app: web }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: main, image: 'busybox:1.35' }]
`;

const pod = `
apiVersion: v1
kind: Pod
metadata: { name: alone, labels: { app: web } }
spec:
  containers: [{ name: main, image: 'busybox:1.35' }]
`;

const twoPods: Line[] = [
  ['kubectl create -f rc.yaml', 'replicationcontroller/web created'],
  ['kubectl wait rc/web --for=jsonpath={.status.replicas}=2', 'replicationcontroller/web condition met'],
];

const ownersOf = "kubectl get pods -l app=web -o jsonpath='{.items[*].metadata.ownerReferences[*].name}'";

const held = `
apiVersion: v1
kind: ConfigMap
metadata: { name: held, finalizers: [example.com/hold] }
`;

const running = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  nodeName: $NS
  containers: [{ name: main, image: 'busybox:1.35' }]
`;

const node = `
apiVersion: v1
kind: Node
metadata: { name: $NS }
`;

/** Two revisions of a Deployment as its controller would have left them, the second one rolled out. */
const revision = (number: number): string => `
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-${number}
  labels: { app: web, pod-template-hash: h${number} }
  annotations: { deployment.kubernetes.io/revision: '${number}', kubernetes.io/change-cause: 'change ${number}' }
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: web, uid: $UID, controller: true }]
spec:
  replicas: 0
  selector: { matchLabels: { app: web, pod-template-hash: h${number} } }
  template:
    metadata: { labels: { app: web, pod-template-hash: h${number} } }
    spec: { containers: [{ name: busybox, image: 'busybox:1.3${number}' }] }
---`;

const done = JSON.stringify({
  status: {
    observedGeneration: 4,
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
    readyReplicas: 1,
    conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
  },
});

const scenarios: Scenario[] = [
  {
    name: 'delete',
    files: { 'maps.yaml': configMaps('one', 'two'), 'more.yaml': configMaps('three', 'four', 'five', 'six') },
    lines: [
      ['kubectl create -f maps.yaml -f more.yaml -o name | wc -l', '6'],
      [
        'kubectl delete -f maps.yaml --dry-run=client',
        'configmap "one" deleted (dry run)\nconfigmap "two" deleted (dry run)',
      ],
      [
        'kubectl delete -f maps.yaml --dry-run=server',
        'configmap "one" deleted (server dry run)\nconfigmap "two" deleted (server dry run)',
      ],
      ['kubectl delete -f maps.yaml', 'configmap "one" deleted\nconfigmap "two" deleted'],
      [
        'kubectl delete -f maps.yaml',
        fails(
          'Error from server (NotFound): error when deleting "maps.yaml": configmaps "one" not found\nError from server (NotFound): error when deleting "maps.yaml": configmaps "two" not found',
        ),
      ],
      ['kubectl delete -f maps.yaml --ignore-not-found', ''],
      ['kubectl delete cm three -o name', 'configmap/three'],
      [
        'kubectl delete cm/four other',
        fails(
          /^error: there is no need to specify a resource type as a separate argument when passing arguments in resource\/name form/,
        ),
      ],
      [
        'kubectl delete cm four other',
        {
          status: 1,
          stdout: 'configmap "four" deleted',
          stderr: 'Error from server (NotFound): configmaps "other" not found',
        },
      ],
      ['kubectl delete cm,secret -l app=web', 'configmap "five" deleted\nconfigmap "six" deleted'],
      ['kubectl delete cm -l app=web', 'No resources found'],
      ['kubectl delete cm', fails('error: resource(s) were provided, but no name was specified'), 27],
      ['kubectl delete', fails(/^error: You must provide one or more resources by argument or filename\./)],
      ['kubectl create secret generic s', 'secret/s created'],
      ['kubectl delete secrets --all', 'secret "s" deleted'],
      ['kubectl delete secrets --all', 'No resources found'],
      ['kubectl delete secrets --field-selector=metadata.name=x', 'No resources found'],
      ['kubectl create secret generic s', 'secret/s created'],
      ['kubectl delete --raw /api/v1/namespaces/$NS/secrets/s', { json: { kind: 'Status', status: 'Success' } }],
    ],
  },
  {
    name: 'delete and wait',
    files: { 'held.yaml': held, 'running.yaml': running, 'node.yaml': node },
    lines: [
      ['kubectl create -f held.yaml', 'configmap/held created'],
      [
        'kubectl delete cm held --timeout=1s',
        {
          status: 1,
          stdout: 'configmap "held" deleted',
          stderr: /error: timed out waiting for the condition on configmaps\/held$/,
        },
      ],
      ['kubectl delete cm held --wait=false', 'configmap "held" deleted'],
      [
        `kubectl patch cm held --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'`,
        'configmap/held patched',
      ],
      ['kubectl get cm held', fails('Error from server (NotFound): configmaps "held" not found')],
      ['kubectl create -f node.yaml -f running.yaml -o name', 'node/$NS\npod/web'],
      // Its kubelet, which is not there, would have to end it first.
      ['kubectl delete pod web --wait=false', 'pod "web" deleted'],
      ['kubectl get pod web -o jsonpath={.metadata.deletionGracePeriodSeconds}', '30'],
      ['kubectl delete pod web --grace-period=5 --wait=false', 'pod "web" deleted'],
      ['kubectl get pod web -o jsonpath={.metadata.deletionGracePeriodSeconds}', '5'],
      ['kubectl get pods --no-headers', /^web {3}0\/1 {3}Terminating {3}0 {5}\d+s$/],
      [
        'kubectl delete pod web --force --grace-period=0',
        {
          stdout: 'pod "web" force deleted',
          stderr:
            /^Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated\. The resource may continue to run on the cluster indefinitely\.$/,
        },
        27,
      ],
      ['kubectl create -f running.yaml', 'pod/web created', 27],
      ['kubectl delete pod web --now --wait=false', 'pod "web" deleted'],
      ['kubectl get pod web -o jsonpath={.metadata.deletionGracePeriodSeconds}', '1'],
    ],
  },
  {
    name: 'delete and cascade',
    files: { 'rs.yaml': replicaSet },
    lines: [
      ['kubectl create -f rs.yaml', 'replicaset.apps/web created'],
      ['kubectl wait rs/web --for=jsonpath={.status.replicas}=2', 'replicaset.apps/web condition met', 27],
      ['kubectl delete rs web --cascade=orphan', 'replicaset.apps "web" deleted'],
      ['kubectl get pods -l app=web -o name | wc -l', '2'],
      ['kubectl create -f rs.yaml', 'replicaset.apps/web created'],
      ['kubectl wait rs/web --for=jsonpath={.status.replicas}=2', 'replicaset.apps/web condition met', 27],
      ['kubectl delete rs web --cascade=foreground', 'replicaset.apps "web" deleted'],
      ['kubectl get pods -l app=web', { stderr: 'No resources found in $NS namespace.' }],
      ['kubectl create -f rs.yaml', 'replicaset.apps/web created'],
      ['kubectl wait rs/web --for=jsonpath={.status.replicas}=2', 'replicaset.apps/web condition met', 27],
      ['kubectl delete rs web', 'replicaset.apps "web" deleted'],
      ['kubectl wait pods -l app=web --for=delete --timeout=120s', /^(pod\/web-\w{5} condition met\n?)*$/, 27],
      ['kubectl delete ns $NS', 'namespace "$NS" deleted'],
      ['kubectl get ns $NS', fails('Error from server (NotFound): namespaces "$NS" not found')],
    ],
  },
  {
    name: 'conformance: Garbage Collector, delete replication controller, propagation policy background',
    since: 23,
    files: { 'rc.yaml': controller },
    lines: [
      ...twoPods,
      ['kubectl delete rc web --cascade=background', 'replicationcontroller "web" deleted'],
      ['kubectl wait pods -l app=web --for=delete --timeout=120s', /^(pod\/web-\w{5} condition met|\n)*$/],
      ['kubectl get pods', { stderr: 'No resources found in $NS namespace.' }],
    ],
  },
  {
    name: 'conformance: Garbage Collector, delete replication controller, propagation policy orphan',
    since: 23,
    files: { 'rc.yaml': controller },
    lines: [
      ...twoPods,
      ['kubectl delete rc web --cascade=orphan', 'replicationcontroller "web" deleted'],
      [ownersOf, ''],
      ['kubectl get pods -l app=web -o name', /^pod\/web-\w{5}\npod\/web-\w{5}$/],
    ],
  },
  {
    name: 'conformance: Garbage Collector, delete replication controller, after owned pods',
    since: 23,
    files: { 'rc.yaml': controller },
    lines: [
      ...twoPods,
      // A pod that cannot go yet keeps its owner.
      [
        `kubectl patch $(kubectl get pods -l app=web -o name | head -1) -p '{"metadata":{"finalizers":["example.com/hold"]}}'`,
        /^pod\/web-\w{5} patched$/,
      ],
      ['kubectl delete rc web --cascade=foreground --wait=false', 'replicationcontroller "web" deleted'],
      ['until [ $(kubectl get pods -l app=web -o name | wc -l) = 1 ]; do sleep 0.1; done', ''],
      ['kubectl get rc web -o jsonpath={.metadata.finalizers}', '["foregroundDeletion"]'],
      [
        `kubectl patch $(kubectl get pods -l app=web -o name) --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'`,
        /^pod\/web-\w{5} patched$/,
      ],
      ['kubectl wait rc/web --for=delete --timeout=120s', /^(replicationcontroller\/web condition met)?$/],
      ['kubectl get rc,pods', { stderr: 'No resources found in $NS namespace.' }],
    ],
  },
  {
    name: 'conformance: Replication Controller, adopt matching pods',
    since: 23,
    files: { 'pod.yaml': pod, 'rc.yaml': controller },
    lines: [
      ['kubectl create -f pod.yaml', 'pod/alone created'],
      ...twoPods,
      [ownersOf, 'web web'],
      ['kubectl get pods -l app=web -o name', /^pod\/alone\npod\/web-\w{5}$/],
    ],
  },
  {
    name: 'conformance: Replication Controller, release pods',
    since: 23,
    files: { 'rc.yaml': controller },
    lines: [
      ...twoPods,
      ['kubectl label --overwrite $(kubectl get pods -o name | head -1) app=other', /^pod\/web-\w{5} labeled$/],
      [
        'kubectl wait pods -l app=other --for=jsonpath={.metadata.labels.app}=other; until [ -z "$(kubectl get pods -l app=other -o jsonpath=\'{..ownerReferences}\')" ]; do sleep 0.1; done',
        /^pod\/web-\w{5} condition met$/,
      ],
      // Another takes its place.
      ['until [ $(kubectl get pods -l app=web -o name | wc -l) = 2 ]; do sleep 0.1; done', ''],
      [ownersOf, 'web web'],
    ],
  },
  {
    name: 'conformance: Replication Controller, get and update ReplicationController scale',
    since: 24,
    files: { 'rc.yaml': controller },
    lines: [
      ...twoPods,
      ['kubectl get rc web --subresource=scale -o jsonpath={.kind},{.spec.replicas},{.status.replicas}', 'Scale,2,2'],
      [
        'kubectl get --raw /api/v1/namespaces/$NS/replicationcontrollers/web/scale | sed \'s/"spec":{"replicas":2}/"spec":{"replicas":1}/\' | kubectl replace --raw /api/v1/namespaces/$NS/replicationcontrollers/web/scale -f -',
        { json: { kind: 'Scale', spec: { replicas: 1 } } },
      ],
      ['kubectl wait rc/web --for=jsonpath={.status.replicas}=1', 'replicationcontroller/web condition met'],
    ],
  },
  {
    name: 'nodes',
    files: { 'node.yaml': node, 'running.yaml': running },
    lines: [
      ['kubectl create -f node.yaml -f running.yaml -o name', 'node/$NS\npod/web'],
      ['kubectl taint node $NS a=b:NoSchedule', 'node/$NS tainted'],
      [
        'kubectl taint node $NS a=b:NoSchedule',
        fails('error: node $NS already has a taint(s) with same effect(s) and --overwrite is false'),
      ],
      ['kubectl taint node $NS a=c:NoSchedule --overwrite', 'node/$NS modified'],
      [
        'kubectl get node $NS -o jsonpath=\'{.spec.taints[?(@.key=="a")]}\'',
        '{"effect":"NoSchedule","key":"a","value":"c"}',
      ],
      ['kubectl taint node $NS a:NoSchedule-', 'node/$NS untainted'],
      ['kubectl taint node $NS a-', fails('error: taint "a" not found')],
      [
        'kubectl taint node $NS a=b:Nonsense',
        fails(/^error: invalid taint effect: Nonsense, unsupported taint effect/),
      ],
      ['kubectl cordon $NS', 'node/$NS cordoned'],
      ['kubectl cordon $NS', 'node/$NS already cordoned'],
      ['kubectl get node $NS --no-headers', /^\$NS +(NotReady|Unknown),SchedulingDisabled +<none> +\d+s *$/],
      ['kubectl uncordon $NS', 'node/$NS uncordoned'],
      ['kubectl uncordon $NS', 'node/$NS already uncordoned'],
      [
        'kubectl drain $NS --dry-run=server',
        {
          status: 1,
          stdout: /^node\/\$NS cordoned \(server dry run\)/,
          stderr: /cannot delete (cannot delete )?Pods (that )?declare no controller.*\$NS\/web/s,
        },
        27,
      ],
      [
        'kubectl drain $NS --dry-run=server --force',
        {
          stdout:
            /^node\/\$NS cordoned \(server dry run\)\nevicting pod \$NS\/web \(server dry run\)\nnode\/\$NS drained \(server dry run\)$/,
          stderr: /^Warning: deleting Pods that declare no controller: \$NS\/web$/,
        },
        27,
      ],
      [
        'kubectl drain $NS --dry-run=client --force',
        {
          stdout:
            /^node\/\$NS cordoned \(dry run\)\nevicting pod \$NS\/web \(dry run\)\nnode\/\$NS drained \(dry run\)$/,
          stderr: /deleting Pods that declare no controller/,
        },
        27,
      ],
      ['kubectl get node $NS -o jsonpath={.spec.unschedulable}', ''],
      ['kubectl cordon nothing', fails('Error from server (NotFound): nodes "nothing" not found')],
      ['kubectl label node $NS node-role.kubernetes.io/worker=', 'node/$NS labeled'],
      ['kubectl get node $NS --no-headers', /^\$NS +\w+ +worker +/],
      ['kubectl delete node $NS', 'node "$NS" deleted'],
    ],
  },
  {
    name: 'rollout',
    since: 24,
    files: { 'sets.yaml': revision(5) + revision(6) },
    lines: [
      ['kubectl create deployment web --image=busybox:1.36', 'deployment.apps/web created'],
      [
        'UID_=$(kubectl get deploy web -o jsonpath={.metadata.uid}); sed "s/[$]UID/$UID_/" sets.yaml | kubectl create -f - -o name',
        'replicaset.apps/web-5\nreplicaset.apps/web-6',
      ],
      ['kubectl annotate deploy web deployment.kubernetes.io/revision=6', /^deployment.apps\/web annotated?$/],
      [
        'kubectl rollout history deploy web',
        'deployment.apps/web \nREVISION  CHANGE-CAUSE\n5         change 5\n6         change 6\n',
      ],
      [
        'kubectl rollout history deploy web --revision=5',
        /^deployment.apps\/web with revision #5\nPod Template:\n.*Image:\s+busybox:1.35/s,
      ],
      ['kubectl rollout history deploy web --revision=9', fails('error: unable to find the specified revision')],
      ['kubectl rollout pause deploy web', 'deployment.apps/web paused'],
      ['kubectl rollout pause deploy web', fails('error: deployments.apps "web" is already paused')],
      ['kubectl rollout undo deploy web', fails(/^error: .*cannot rollback a paused deployment; resume it first/)],
      [
        'kubectl rollout restart deploy web',
        fails(/^error: .*can't restart paused deployment \(run rollout resume first\)/),
      ],
      ['kubectl rollout resume deploy web', 'deployment.apps/web resumed'],
      [
        'kubectl rollout undo deploy web --dry-run=server',
        /^deployment.apps\/web rolled back \(server dry run\)|deployment.apps\/web Pod Template:/,
      ],
      ['kubectl rollout undo deploy web', 'deployment.apps/web rolled back'],
      ['kubectl get deploy web -o jsonpath={..image}', 'busybox:1.35'],
      [
        'kubectl rollout undo deploy web --to-revision=9',
        fails('error: unable to find specified revision 9 in history'),
      ],
      [`kubectl patch deploy web --subresource=status --type=merge -p '${done}'`, 'deployment.apps/web patched'],
      ['kubectl rollout status deploy web', 'deployment "web" successfully rolled out'],
      ['kubectl rollout restart deploy web', 'deployment.apps/web restarted'],
      [
        'kubectl get deploy web -o jsonpath={.spec.template.metadata.annotations}',
        /^{"kubectl.kubernetes.io\/restartedAt":"[-0-9T:Z+]+"}$/,
      ],
      [
        'kubectl rollout status deploy web --timeout=1s',
        {
          status: 1,
          stdout: 'Waiting for deployment spec update to be observed...',
          stderr: 'error: timed out waiting for the condition',
        },
      ],
      ['kubectl rollout status deploy web --watch=false', 'Waiting for deployment spec update to be observed...'],
    ],
  },
];

kubectlSuite(25_740, scenarios);
