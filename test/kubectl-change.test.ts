/** kubectl's commands that change what is there: label, annotate, patch, edit, replace, scale, set, expose, run, autoscale. */
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const pod = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers: [{ name: main, image: 'busybox:1.35' }]
`;

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: main, image: 'busybox:1.35', ports: [{ containerPort: 8080 }] }
        - { name: side, image: 'busybox:1.35' }
`;

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: blue, size: large }
`;

const create = (what: string): [string, string] => ['kubectl create -f object.yaml', `${what} created`];

const scenarios: Scenario[] = [
  {
    name: 'conformance: Kubectl, label update',
    files: { 'object.yaml': pod },
    lines: [
      create('pod/web'),
      ['kubectl label pod web tier=front', 'pod/web labeled', 27],
      ['kubectl label pod web tier=front', 'pod/web not labeled', 27],
      [
        'kubectl label pod web tier=back',
        fails("error: 'tier' already has a value (front), and --overwrite is false"),
        27,
      ],
      ['kubectl label pod web --overwrite tier=back stage=test', 'pod/web labeled'],
      ['kubectl label pod web --list | sort', 'app=web\nstage=test\ntier=back', 27],
      ['kubectl label pods --all tier-', 'pod/web unlabeled', 27],
      ['kubectl label pod web tier-', 'label "tier" not found.\npod/web not labeled', 27],
      ['kubectl label pods -l app=web a=b --dry-run=server', 'pod/web labeled (server dry run)', 27],
      ['kubectl label pods -l app=web a=b --dry-run=client', 'pod/web labeled (dry run)', 27],
      ['kubectl label -f object.yaml from=file', 'pod/web labeled'],
      ['kubectl label pod web --list | sort', 'app=web\nfrom=file\nstage=test', 27],
      [
        'kubectl label pod web a=b --resource-version=1',
        fails(/Operation cannot be fulfilled on pods "web": the object has been modified; please apply your changes/),
      ],
      ['kubectl label pod web bad=-', fails(/^error: invalid label value: "bad=-": a valid label must be/)],
      ['kubectl label pod other a=b', fails('Error from server (NotFound): pods "other" not found')],
      ['kubectl label --local -f object.yaml x=y -o jsonpath={.metadata.labels}', '{"app":"web","x":"y"}'],
    ],
  },
  {
    name: 'annotate',
    files: { 'object.yaml': pod },
    lines: [
      create('pod/web'),
      ["kubectl annotate pod web note='first text'", /^pod\/web annotated?$/],
      [
        'kubectl annotate pod web note=x',
        fails(
          "error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (first text)",
        ),
      ],
      ['kubectl annotate pod web note=second --overwrite', /^pod\/web annotated?$/],
      ['kubectl annotate pod web --list', 'note=second'],
      ['kubectl annotate pods --all note-', /^pod\/web annotated?$/],
      ['kubectl annotate pod web --list', ''],
      ['kubectl annotate pod web note=x --dry-run=server -o jsonpath={.metadata.annotations.note}', 'x'],
      ['kubectl get pod web -o jsonpath={.metadata.annotations}', ''],
    ],
  },
  {
    name: 'patch',
    files: { 'object.yaml': configMap, 'web.yaml': deployment, 'patch.yaml': 'data: { from: file }\n' },
    lines: [
      create('configmap/settings'),
      [`kubectl patch cm settings -p '{"data":{"colour":"red"}}'`, 'configmap/settings patched'],
      [`kubectl patch cm settings -p '{"data":{"colour":"red"}}'`, 'configmap/settings patched (no change)'],
      [`kubectl patch cm settings --type=merge -p '{"data":{"size":null}}'`, 'configmap/settings patched'],
      [
        `kubectl patch cm settings --type=json -p '[{"op":"add","path":"/data/new","value":"x"},{"op":"test","path":"/data/colour","value":"red"}]'`,
        'configmap/settings patched',
      ],
      ['kubectl patch cm settings --patch-file=patch.yaml', 'configmap/settings patched'],
      ['kubectl get cm settings -o jsonpath={.data}', '{"colour":"red","from":"file","new":"x"}'],
      [
        `kubectl patch cm settings --type=json -p '[{"op":"test","path":"/data/colour","value":"blue"}]'`,
        fails(
          /^The request is invalid: the server rejected our request due to an error in our request|testing value \/data\/colour failed/,
        ),
        27,
      ],
      [
        `kubectl patch cm settings -p '{"data":{"colour":"green"}}' --dry-run=server -o jsonpath={.data.colour}`,
        /^green$/,
      ],
      [`kubectl patch cm settings -p '{"data":{"a":"b"}}' --dry-run=server`, 'configmap/settings patched'],
      ['kubectl get cm settings -o jsonpath={.data.colour}', 'red'],
      ['kubectl create -f web.yaml', 'deployment.apps/web created'],
      [
        `kubectl patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox:1.36"}]}}}}'`,
        'deployment.apps/web patched',
      ],
      ['kubectl get deploy web -o jsonpath={..image}', 'busybox:1.35 busybox:1.36'],
      [
        `kubectl patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}'`,
        'deployment.apps/web patched',
      ],
      ['kubectl get deploy web -o jsonpath={..containers[*].name}', 'main'],
      [
        `kubectl patch deploy web --type=merge -p '{"spec":{"selector":{"matchLabels":{"app":"x"}}}}'`,
        fails(
          /^The Deployment "web" is invalid: \n?.*spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`/s,
        ),
      ],
    ],
  },
  {
    name: 'patch of a subresource',
    since: 24,
    files: { 'object.yaml': deployment },
    lines: [
      create('deployment.apps/web'),
      [
        `kubectl patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":5}}'`,
        /^(deployment.apps|scale.autoscaling)\/web patched$/,
      ],
      ['kubectl get deploy web -o jsonpath={.spec.replicas}', '5'],
      ['kubectl get deploy web --subresource=scale -o jsonpath={.kind},{.spec.replicas}', 'Scale,5'],
      [
        `kubectl patch deploy web --subresource=status --type=merge -p '{"status":{"replicas":3}}'`,
        'deployment.apps/web patched',
      ],
      ['kubectl get deploy web --subresource=status -o jsonpath={.status.replicas}', '3'],
    ],
  },
  {
    name: 'edit',
    files: { 'object.yaml': configMap },
    lines: [
      create('configmap/settings'),
      ["KUBE_EDITOR='sed -i s/blue/green/' kubectl edit cm settings", 'configmap/settings edited'],
      ['kubectl get cm settings -o jsonpath={.data.colour}', 'green'],
      ["KUBE_EDITOR='sed -i s/nothing/x/' kubectl edit cm settings", { stderr: 'Edit cancelled, no changes made.' }],
      ["KUBE_EDITOR='sed -i s/green/red/' kubectl edit cm settings -o json", /"colour": "red"/],
      ["KUBE_EDITOR='sed -i s/large/small/' kubectl edit -f object.yaml", 'configmap/settings edited'],
      ['kubectl get cm settings -o jsonpath={.data.size}', 'small'],
      // What the server refuses is offered again with its reason; an editor that changes nothing more gives up.
      [
        "KUBE_EDITOR='sed -i s/^data:/dat:/' kubectl edit cm settings",
        fails(
          /^error: configmaps "settings" is invalid\nA copy of your changes has been stored to ".*"\nerror: Edit cancelled, no valid changes were saved.$/,
        ),
      ],
      [
        'KUBE_EDITOR=true kubectl edit cm nothing',
        fails('Error from server (NotFound): configmaps "nothing" not found'),
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, server-side dry-run Pod',
    lines: [
      ['kubectl run web --image=busybox:1.35 --labels=run=web', 'pod/web created'],
      [
        `kubectl patch pod web -p '{"spec":{"containers":[{"name":"web","image":"busybox:1.36"}]}}' --dry-run=server`,
        'pod/web patched',
      ],
      ['kubectl get pod web -o jsonpath={..image}', 'busybox:1.35'],
    ],
  },
  {
    name: 'conformance: Kubectl, replace',
    files: { 'object.yaml': pod },
    lines: [
      [
        'kubectl replace -f object.yaml',
        fails('Error from server (NotFound): error when replacing "object.yaml": pods "web" not found'),
      ],
      create('pod/web'),
      [
        'kubectl get pod web -o json | sed \'s/"app": "web"/"app": "other"/\' | kubectl replace -f -',
        'pod/web replaced',
      ],
      ['kubectl get pod web -o jsonpath={.metadata.labels.app}', 'other'],
      [
        "sed 's/name: main/name: another/' object.yaml | kubectl replace -f -",
        fails(
          /^The Pod "web" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`/,
        ),
      ],
      ["kubectl get pod web -o json | sed 's/busybox:1.35/busybox:1.36/' | kubectl replace -f -", 'pod/web replaced'],
      ['kubectl get pod web -o jsonpath={.spec.containers[0].image}', 'busybox:1.36'],
      ['kubectl get pod web -o jsonpath={.metadata.uid} > before', ''],
      [
        "sed 's/name: main/name: another/' object.yaml | kubectl replace --force -f -",
        'pod "web" deleted\npod/web replaced',
      ],
      ['kubectl get pod web -o jsonpath={.metadata.uid} | cmp -s before -', { status: 1 }],
      [
        'kubectl get pod web -o json | sed s/1.35/1.36/ | kubectl replace -f - --dry-run=server',
        'pod/web replaced (server dry run)',
        27,
      ],
      ['kubectl get pod web -o json > old.json; kubectl label pod web a=b', 'pod/web labeled'],
      [
        'kubectl replace -f old.json',
        fails(
          'Error from server (Conflict): error when replacing "old.json": Operation cannot be fulfilled on pods "web": the object has been modified; please apply your changes to the latest version and try again',
        ),
      ],
    ],
  },
  {
    name: 'scale',
    files: { 'object.yaml': deployment },
    lines: [
      create('deployment.apps/web'),
      ['kubectl scale deploy web --replicas=3', 'deployment.apps/web scaled'],
      ['kubectl scale --current-replicas=3 --replicas=4 deployment/web', 'deployment.apps/web scaled'],
      [
        'kubectl scale --current-replicas=3 --replicas=5 deployment/web',
        fails('error: Expected replicas to be 3, was 4'),
      ],
      ['kubectl scale -f object.yaml --replicas=0', 'deployment.apps/web scaled'],
      ['kubectl scale --all deploy --replicas=1 --dry-run=server', 'deployment.apps/web scaled (server dry run)', 27],
      ['kubectl get deploy web -o jsonpath={.spec.replicas}', '0'],
      ['kubectl scale deploy other --replicas=1', fails(/^error: no objects passed to scale/), 27],
      [
        'kubectl scale deploy web --replicas=-1',
        fails(
          /error: (invalid replicas count|The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0)/,
        ),
      ],
      ['kubectl scale cm kube-root-ca.crt --replicas=1', fails(/could not find the requested resource/)],
    ],
  },
  {
    name: 'set',
    files: { 'object.yaml': deployment },
    lines: [
      create('deployment.apps/web'),
      ['kubectl set image deploy/web main=busybox:1.36', 'deployment.apps/web image updated'],
      ["kubectl set image deploy web '*=busybox:1.37'", 'deployment.apps/web image updated'],
      ['kubectl get deploy web -o jsonpath={..image}', 'busybox:1.37 busybox:1.37'],
      ['kubectl set image deploy/web nothing=x', fails('error: unable to find container named "nothing"')],
      ['kubectl set env deploy/web COLOUR=blue SIZE=1', 'deployment.apps/web env updated'],
      [
        'kubectl set env deploy/web --list',
        '# Deployment web, container main\nCOLOUR=blue\nSIZE=1\n# Deployment web, container side\nCOLOUR=blue\nSIZE=1',
      ],
      ['kubectl set env deploy/web -c side COLOUR-', 'deployment.apps/web env updated'],
      ['kubectl create configmap more --from-literal=extra=x', 'configmap/more created'],
      [
        'kubectl set env deploy/web -c side --from=configmap/more',
        { stdout: 'deployment.apps/web env updated', stderr: 'Warning: key extra transferred to EXTRA' },
        27,
      ],
      [
        'kubectl set env deploy/web --list',
        '# Deployment web, container main\nCOLOUR=blue\nSIZE=1\n# Deployment web, container side\nSIZE=1\n# EXTRA from configmap more, key extra',
        27,
      ],
      [
        'kubectl set resources deploy web -c main --limits=cpu=200m,memory=512Mi --requests=cpu=100m',
        'deployment.apps/web resource requirements updated',
      ],
      [
        'kubectl get deploy web -o jsonpath={..containers[0].resources}',
        '{"limits":{"cpu":"200m","memory":"512Mi"},"requests":{"cpu":"100m"}}',
      ],
      [
        'kubectl set resources deploy web -c main --requests=cpu=300m',
        fails(
          /failed to patch (resources|limit) update to pod template The? ?Deployment "web" is invalid: spec.template.spec.containers\[0\].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m|must be less than or equal to cpu limit/,
        ),
      ],
      ['kubectl set serviceaccount deploy web robot', 'deployment.apps/web serviceaccount updated'],
      ['kubectl get deploy web -o jsonpath={..serviceAccountName}', 'robot'],
      ['kubectl create service clusterip web --tcp=80', 'service/web created'],
      ["kubectl set selector service web 'app=web,tier=front'", 'service/web selector updated'],
      ['kubectl get service web -o jsonpath={.spec.selector}', '{"app":"web","tier":"front"}'],
      [
        'kubectl create rolebinding readers --role=reader --user=ann',
        'rolebinding.rbac.authorization.k8s.io/readers created',
      ],
      [
        'kubectl set subject rolebinding readers --user=bob --serviceaccount=$NS:robot',
        'rolebinding.rbac.authorization.k8s.io/readers subjects updated',
      ],
      ["kubectl get rolebinding readers -o jsonpath='{.subjects[*].name}'", 'ann bob robot'],
    ],
  },
  {
    name: 'expose',
    files: { 'object.yaml': deployment, 'pod.yaml': pod },
    lines: [
      create('deployment.apps/web'),
      ['kubectl expose deployment web', 'service/web exposed'],
      [
        'kubectl get svc web -o jsonpath={.spec.ports[*].port},{.spec.ports[*].targetPort},{.spec.selector}',
        '8080,8080,{"app":"web"}',
      ],
      ['kubectl expose deployment web', fails('Error from server (AlreadyExists): services "web" already exists')],
      ['kubectl expose service web --name=other --port=80 --target-port=http --type=NodePort', 'service/other exposed'],
      ['kubectl get svc other -o jsonpath={.spec.type},{.spec.ports[0].targetPort}', 'NodePort,http'],
      ['kubectl create -f pod.yaml', 'pod/web created'],
      ['kubectl expose pod web --name=pod', fails("error: couldn't find port via --port flag or introspection"), 27],
      ['kubectl expose pod web --name=pod --port=53 --protocol=UDP --cluster-ip=None', 'service/pod exposed'],
      ['kubectl get svc pod -o jsonpath={.spec.clusterIP},{.spec.ports[0].protocol}', 'None,UDP'],
      ['kubectl expose pod web --name=dry --port=53 --dry-run=server', 'service/dry exposed (server dry run)'],
    ],
  },
  {
    name: 'autoscale',
    files: { 'object.yaml': deployment },
    lines: [
      create('deployment.apps/web'),
      [
        'kubectl autoscale deployment web --min=2 --max=5 --cpu-percent=80',
        'horizontalpodautoscaler.autoscaling/web autoscaled',
      ],
      [
        'kubectl get hpa web -o json',
        {
          json: {
            apiVersion: 'autoscaling/v2',
            spec: {
              scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
              minReplicas: 2,
              maxReplicas: 5,
              metrics: [
                {
                  type: 'Resource',
                  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
                },
              ],
            },
          },
        },
      ],
      [
        'kubectl get horizontalpodautoscalers.v1.autoscaling web -o jsonpath={.spec.targetCPUUtilizationPercentage}',
        '80',
      ],
      [
        'kubectl get hpa',
        /^NAME +REFERENCE +TARGETS +MINPODS +MAXPODS +REPLICAS +AGE\nweb +Deployment\/web +cpu: <unknown>\/80% +2 +5 +0 +\d+s$/,
      ],
      [
        'kubectl autoscale deployment web --max=5',
        fails('Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling "web" already exists'),
      ],
      [
        'kubectl autoscale deployment web --name=low --min=6 --max=5',
        fails('error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: 5, min: 6'),
      ],
      [
        'kubectl describe hpa web',
        /^Name: +web\n[\s\S]*Reference: +Deployment\/web\n[\s\S]*Min replicas: +2\nMax replicas: +5\n/,
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, run pod',
    lines: [
      [
        'kubectl run web --image=busybox:1.35 --restart=Never --port=80 --env=A=b --labels=app=x -- sleep 1',
        'pod/web created',
      ],
      [
        'kubectl get pod web -o jsonpath={.spec.restartPolicy},{.spec.containers[0].args},{.spec.containers[0].env[0].value},{.metadata.labels}',
        /^Never,\["sleep","1"\],b,{"app":"x"}$/,
      ],
      ['kubectl run web --image=busybox:1.35', fails('Error from server (AlreadyExists): pods "web" already exists')],
      [
        'kubectl run other --image=busybox:1.35 --command --dry-run=client -o jsonpath={.spec.containers[0].command} -- sh -c true',
        '["sh","-c","true"]',
      ],
      ['kubectl run other --image=busybox:1.35 --dry-run=server', 'pod/other created (server dry run)'],
      ['kubectl run exposed --image=busybox:1.35 --port=80 --expose', 'service/exposed created\npod/exposed created'],
      [
        'kubectl run over --image=busybox:1.35 --overrides=\'{"spec":{"hostNetwork":true}}\' -o jsonpath={.spec.hostNetwork}',
        'true',
      ],
      [
        'kubectl run Bad_Name --image=busybox:1.35',
        fails(
          /^The Pod "Bad_Name" is invalid: \n?.*metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/s,
        ),
      ],
    ],
  },
];

kubectlSuite(25_700, scenarios);
