/** kubectl get with every output form, selection and order; wait; get --raw. */
import { expect } from 'vitest';
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const configMaps = ['b', 'a', 'c']
  .map(
    (name, index) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, labels: { app: web, tier: t${index} }, annotations: { order: '${index}' } }
data: { key: ${name} }
---`,
  )
  .join('');

const pods = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: nowhere
  containers: [{ name: main, image: 'busybox:1.35', ports: [{ containerPort: 80 }] }]
---
apiVersion: v1
kind: Pod
metadata: { name: idle, labels: { app: idle } }
spec:
  containers: [{ name: main, image: 'busybox:1.35' }, { name: side, image: 'busybox:1.36' }]
`;

const scenarios: Scenario[] = [
  {
    name: 'get tables',
    files: { 'pods.yaml': pods },
    lines: [
      ['kubectl get pods', { stderr: 'No resources found in $NS namespace.' }],
      ['kubectl get nodes', { stderr: 'No resources found' }],
      ['kubectl create -f pods.yaml', 'pod/web created\npod/idle created'],
      [
        'kubectl get pods',
        /^NAME {3}READY {3}STATUS {4}RESTARTS {3}AGE\nidle {3}0\/2 {5}Pending {3}0 {10}\d+s\nweb {4}0\/1 {5}Pending {3}0 {10}\d+s$/,
      ],
      ['kubectl get pods --no-headers', /^idle {3}0\/2 {3}Pending {3}0 {5}\d+s\nweb {4}0\/1 {3}Pending {3}0 {5}\d+s$/],
      [
        'kubectl get pods -o wide',
        /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\nidle +0\/2 +Pending +0 +\d+s +<none> +<none> +<none> +<none>\nweb +0\/1 +Pending +0 +\d+s +<none> +nowhere +<none> +<none>$/,
      ],
      [
        'kubectl get pods --show-labels',
        /^NAME +READY +STATUS +RESTARTS +AGE +LABELS\nidle .* app=idle\nweb .* app=web$/,
      ],
      ['kubectl get pods -L app,tier', /^NAME +READY +STATUS +RESTARTS +AGE +APP +TIER\nidle .* idle +\nweb .* web +$/],
      ['kubectl get pods -l app=web', /^NAME.*\nweb .*$/],
      ['kubectl get pods -l "app in (web,idle),!tier" -o name', 'pod/idle\npod/web'],
      ['kubectl get pods --field-selector spec.nodeName=nowhere -o name', 'pod/web'],
      ['kubectl get pods --field-selector status.phase=Pending,metadata.name!=web -o name', 'pod/idle'],
      [
        'kubectl get pods --field-selector metadata.uid=x',
        fails(/^Error from server \(BadRequest\): .*field label not supported: metadata.uid$/),
      ],
      ['kubectl get pod/web configmap/kube-root-ca.crt -o name', 'pod/web\nconfigmap/kube-root-ca.crt'],
      [
        'kubectl get pods,sa',
        /^NAME +READY.*\npod\/idle .*\npod\/web .*\n\nNAME +(SECRETS +)?AGE\nserviceaccount\/default .*$/,
      ],
      [
        'kubectl get pods,sa --no-headers -o custom-columns=K:.kind,N:.metadata.name',
        'Pod              idle\nPod              web\nServiceAccount   default',
      ],
      [
        'kubectl get pods -A --field-selector metadata.namespace=$NS',
        /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE\n\$NS +idle .*\n\$NS +web .*$/,
      ],
      ['kubectl get pods -A -l app=none', { stderr: 'No resources found' }],
      ['kubectl get all', /^NAME +READY +STATUS +RESTARTS +AGE\npod\/idle .*\npod\/web .*$/],
      [
        'kubectl get pod web other',
        { status: 1, stdout: /^NAME.*\nweb .*$/, stderr: 'Error from server (NotFound): pods "other" not found' },
      ],
      ['kubectl get pod other --ignore-not-found', ''],
      ['kubectl get pods -l app=none --ignore-not-found', ''],
      ['kubectl get nothing', fails('error: the server doesn\'t have a resource type "nothing"')],
      ['kubectl get', fails(/^You must specify the type of resource to get\./)],
      ['kubectl get pods web -l app=web', fails('error: name cannot be provided when a selector is specified')],
      [
        'kubectl get pods -o nothing',
        fails(
          /^error: unable to match a printer suitable for the output format "nothing", allowed formats are: custom-columns,/,
        ),
      ],
      ['kubectl get -f pods.yaml -o name', 'pod/web\npod/idle'],
      ['kubectl get replicasets.v1.apps', { stderr: 'No resources found in $NS namespace.' }],
      [
        'kubectl get deploy.apps,po/web -o name',
        fails('error: arguments in resource/name form must have a single resource and name'),
      ],
      ['kubectl get ns $NS --show-kind', /^NAME +STATUS +AGE\nnamespace\/\$NS +Active +\d+s$/],
    ],
  },
  {
    name: 'get objects',
    files: {
      'maps.yaml': configMaps,
      'columns.txt': 'NAME          KEY\n.metadata.name .data.key\n',
      'template.txt': '{{range .items}}{{.metadata.name}} {{end}}',
      'path.txt': '{range .items[*]}{.data.key}{"\\n"}{end}',
    },
    lines: [
      ['kubectl create -f maps.yaml -o name', 'configmap/b\nconfigmap/a\nconfigmap/c'],
      [
        'kubectl get cm a -o yaml',
        /^apiVersion: v1\ndata:\n {2}key: a\nkind: ConfigMap\nmetadata:\n {2}annotations:\n {4}order: "1"\n {2}creationTimestamp: "[^"]*"\n {2}labels:\n {4}app: web\n {4}tier: t1\n {2}name: a\n {2}namespace: \$NS\n {2}resourceVersion: "\d+"\n {2}uid: [-\w]{36}$/,
        27,
      ],
      [
        'kubectl get cm a -o json',
        { json: { apiVersion: 'v1', kind: 'ConfigMap', data: { key: 'a' }, metadata: { name: 'a' } } },
      ],
      [
        'kubectl get cm -l app=web -o json',
        {
          json: {
            apiVersion: 'v1',
            kind: 'List',
            metadata: { resourceVersion: '' },
            items: [{ kind: 'ConfigMap' }, {}, {}],
          },
        },
      ],
      [
        'kubectl get cm -l app=none -o yaml',
        'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""',
        27,
      ],
      ['kubectl get cm -l app=web -o name', 'configmap/a\nconfigmap/b\nconfigmap/c'],
      ["kubectl get cm -l app=web -o jsonpath='{.items[*].metadata.name}'", 'a b c'],
      ['kubectl get cm -l app=web -o jsonpath=\'{.items[?(@.data.key=="b")].metadata.labels.tier}\'', 't0'],
      ["kubectl get cm a -o jsonpath='{.nothing}'", ''],
      [
        "kubectl get cm a -o jsonpath='{.nothing}' --allow-missing-template-keys=false",
        fails(/^error: error executing jsonpath "{.nothing}": Error executing template: nothing is not found\./),
      ],
      ['kubectl get cm -l app=web -o jsonpath-file=path.txt', 'a\nb\nc'],
      ["kubectl get cm a -o jsonpath-as-json='{.data}'", { stdout: '[\n    {\n        "key": "a"\n    }\n]' }],
      [
        'kubectl get cm -l app=web -o go-template=\'{{len .items}} {{(index .items 0).data.key | printf "%q"}}\'',
        '3 "a"',
      ],
      ['kubectl get cm -l app=web -o go-template-file=template.txt', 'a b c '],
      [
        'kubectl get cm -l app=web -o custom-columns=NAME:.metadata.name,TIER:.metadata.labels.tier,NONE:.x',
        'NAME   TIER   NONE\na      t1     <none>\nb      t0     <none>\nc      t2     <none>',
      ],
      ['kubectl get cm -l app=web -o custom-columns-file=columns.txt', 'NAME   KEY\na      a\nb      b\nc      c'],
      ['kubectl get cm -l app=web --sort-by=.metadata.labels.tier -o name', 'configmap/b\nconfigmap/a\nconfigmap/c'],
      ["kubectl get cm -l app=web --sort-by='{.metadata.annotations.order}' --no-headers", /^b .*\na .*\nc .*$/],
      ['kubectl get cm -l app=web --sort-by=.metadata.name', /^NAME +DATA +AGE\na .*\nb .*\nc .*$/],
      ['kubectl get cm -l app=web --chunk-size=1 -o name', 'configmap/a\nconfigmap/b\nconfigmap/c'],
      [
        'kubectl get cm -l app=web --chunk-size=2 -v=8 2>&1 | grep -cE "GET .*[?&]limit=2( |&|$|\\")|verb=.GET. .*limit=2"',
        /^[2-9]$/,
      ],
    ],
  },
  {
    name: 'get and watch',
    lines: [
      ['kubectl create cm a', 'configmap/a created'],
      [
        `kubectl get cm a --watch -L x --no-headers > watched & until grep -qs ^a watched; do sleep 0.05; done
         kubectl label cm a x=y; kubectl delete cm a
         until [ $(wc -l < watched) = 3 ]; do sleep 0.05; done; kill $!; cat watched`,
        /^configmap\/a labeled\nconfigmap "a" deleted\na +0 +\d+s +\na +0 +\d+s +y\na +0 +\d+s +y$/,
      ],
      ['kubectl create cm b', 'configmap/b created'],
      [
        `kubectl get cm b --no-headers --watch --output-watch-events > watched & until grep -qs b watched; do sleep 0.05; done
         kubectl delete cm b; until grep -qs DELETED watched; do sleep 0.05; done; kill $!; cat watched`,
        /^configmap "b" deleted\nADDED +b +0 +\d+s\nDELETED +b +0 +\d+s$/,
      ],
    ],
  },
  {
    name: 'get raw',
    lines: [
      ['kubectl get --raw /healthz', 'ok'],
      [
        'kubectl get --raw /version',
        { json: { major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+\+minik$/) } },
      ],
      [
        'kubectl get --raw /api/v1/namespaces/$NS',
        { json: { kind: 'Namespace', metadata: { name: expect.stringMatching(/^get-raw/) } } },
      ],
      ["kubectl get --raw '/api/v1/namespaces?limit=1'", { json: { kind: 'NamespaceList', items: [{}] } }],
      [
        'kubectl get --raw /nothing',
        fails('Error from server (NotFound): the server could not find the requested resource'),
      ],
      [
        'kubectl get --raw /api/v1/namespaces/nothing',
        fails(/^Error from server \(NotFound\): namespaces "nothing" not found$/),
      ],
    ],
  },
  {
    name: 'wait',
    files: { 'pods.yaml': pods },
    lines: [
      ['kubectl create -f pods.yaml -o name', 'pod/web\npod/idle'],
      [
        'kubectl wait pod/web --for=condition=Ready --timeout=1s',
        fails('error: timed out waiting for the condition on pods/web'),
      ],
      ['kubectl wait pod/idle --for=jsonpath={.status.phase}=Pending', 'pod/idle condition met', 27],
      [
        'kubectl wait pod --all --for=jsonpath={.status.phase}=Pending',
        'pod/idle condition met\npod/web condition met',
        27,
      ],
      [
        '(kubectl label pod idle go=now >/dev/null) & kubectl wait pod/idle --for=jsonpath={.metadata.labels.go}=now --timeout=120s',
        'pod/idle condition met',
        27,
      ],
      [
        '(kubectl delete pod idle >/dev/null) & kubectl wait pod/idle --for=delete --timeout=120s',
        /^(pod\/idle condition met)?$/,
        27,
      ],
      ['kubectl wait pod/idle --for=delete --timeout=120s', '', 27],
      ['kubectl wait pod/idle --for=condition=Ready', fails('Error from server (NotFound): pods "idle" not found'), 27],
      ['kubectl wait pod -l app=none --for=condition=Ready', fails('error: no matching resources found')],
      ['kubectl wait pod/web --for=nonsense', fails('error: unrecognized condition: "nonsense"')],
    ],
  },
  {
    name: 'wait for creation',
    since: 31,
    lines: [
      [
        '(kubectl create cm late >/dev/null) & kubectl wait cm/late --for=create --timeout=120s',
        'configmap/late condition met',
      ],
      ['kubectl wait cm/never --for=create --timeout=1s', fails(/timed out waiting|context deadline exceeded/)],
    ],
  },
];

kubectlSuite(25_720, scenarios);
