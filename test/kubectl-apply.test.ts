/** kubectl apply and what goes with it: folders, standard input, kustomize, prune, apply sets, diff, create -f, delete -f. */
import { expect } from 'vitest';
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const configMap = (name: string, data = '{ a: "1" }', metadata = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${metadata} }\ndata: ${data}\n`;

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: main, image: 'busybox:1.35' }]
`;

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

const scenarios: Scenario[] = [
  {
    name: 'apply',
    files: { 'one.yaml': configMap('one', '{ a: "1", b: "2" }'), 'web.yaml': deployment },
    lines: [
      ['kubectl apply -f one.yaml', 'configmap/one created'],
      ['kubectl apply -f one.yaml', 'configmap/one unchanged'],
      [`kubectl patch cm one -p '{"data":{"theirs":"3"}}'`, 'configmap/one patched'],
      // What left the manifest leaves the object; what others wrote stays.
      ['sed s/b:/c:/ one.yaml | kubectl apply -f -', 'configmap/one configured'],
      ['kubectl get cm one -o jsonpath={.data}', '{"a":"1","c":"2","theirs":"3"}'],
      [
        'kubectl apply view-last-applied cm one -o json',
        {
          json: {
            kind: 'ConfigMap',
            metadata: { name: 'one', namespace: expect.stringMatching(/^apply-/) },
            data: { a: '1', c: '2' },
          },
        },
      ],
      ['kubectl apply set-last-applied -f one.yaml', 'configmap/one configured'],
      ['kubectl apply view-last-applied cm one -o json', { json: { data: { a: '1', b: '2' } } }],
      ["KUBE_EDITOR='sed -i s/b:/z:/' kubectl apply edit-last-applied cm one", 'configmap/one edited'],
      ['kubectl apply view-last-applied cm one -o json', { json: { data: { a: '1', z: '2' } } }],
      ['kubectl apply -f one.yaml --dry-run=client', 'configmap/one configured (dry run)'],
      ['kubectl apply -f one.yaml --dry-run=server', 'configmap/one configured (server dry run)'],
      ['kubectl apply -f web.yaml', 'deployment.apps/web created'],
      ['sed s/1.35/1.36/ web.yaml | kubectl apply -f - -o jsonpath={..image}', 'busybox:1.36'],
      ['kubectl apply -f web.yaml --dry-run=server -o name', 'deployment.apps/web'],
      ['kubectl create -f web.yaml --dry-run=client -o name', 'deployment.apps/web'],
      ['kubectl create configmap made', 'configmap/made created'],
      [
        'kubectl create configmap made --from-literal=k=v --dry-run=client -o yaml | kubectl apply -f -',
        {
          stdout: 'configmap/made configured',
          stderr: `Warning: resource configmaps/made is missing the ${lastApplied} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`,
        },
      ],
      ['kubectl create configmap saved --from-literal=k=v --save-config', 'configmap/saved created'],
      [
        'kubectl create configmap saved --from-literal=k=v --dry-run=client -o yaml | kubectl apply -f -',
        'configmap/saved configured',
      ],
    ],
  },
  {
    name: 'apply is refused',
    files: {
      'bad.yaml': `${configMap('good')}---\n${configMap('Bad_Name')}---\n${configMap('strange').replace('\ndata:', '\ndat:')}`,
      'kind.yaml': 'apiVersion: example.com/v1\nkind: Nothing\nmetadata: { name: x }\n',
      'web.yaml': deployment,
    },
    lines: [
      [
        'kubectl apply -f bad.yaml',
        {
          status: 1,
          stdout: 'configmap/good created',
          stderr:
            /ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case.*unknown field "dat"/s,
        },
        27,
      ],
      [
        'kubectl apply -f kind.yaml',
        fails(
          /^error: resource mapping not found for name: "x" namespace: "" from "kind.yaml": no matches for kind "Nothing" in version "example.com\/v1"\nensure CRDs are installed first$/,
        ),
        27,
      ],
      ['kubectl apply -f none.yaml', fails('error: the path "none.yaml" does not exist')],
      [
        'echo nothing: here | kubectl apply -f -',
        fails(/error validating data: \[apiVersion not set, kind not set\]|Object 'Kind' is missing/),
      ],
      ['kubectl apply -f web.yaml', 'deployment.apps/web created'],
      [
        "sed 's/app: web/app: other/' web.yaml | kubectl apply -f -",
        fails(
          /^The Deployment "web" is invalid: spec.selector: Invalid value: .*"matchLabels":\{"app":"other"\}.*: field is immutable$/,
        ),
      ],
      ['kubectl apply -f web.yaml -n default', 'deployment.apps/web created'],
      ['kubectl delete -f web.yaml -n default', 'deployment.apps "web" deleted'],
      [
        "sed 's/name: web/&, namespace: else/' web.yaml | kubectl apply -n default -f -",
        fails(/^error: the namespace from the provided object "else" does not match the namespace "default"/),
      ],
    ],
  },
  {
    name: 'apply of folders',
    files: {
      'all/a.yaml': `${configMap('one')}---\n${configMap('two')}`,
      'all/b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"three"}}',
      'all/deep/c.yml': `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: four}}\n`,
      'all/notes.txt': 'not a manifest',
    },
    lines: [
      ['kubectl apply -f all', 'configmap/one created\nconfigmap/two created\nconfigmap/three created'],
      [
        'kubectl apply -R -f all',
        'configmap/one unchanged\nconfigmap/two unchanged\nconfigmap/three unchanged\nconfigmap/four created',
      ],
      ['kubectl get -R -f all -o name', 'configmap/one\nconfigmap/two\nconfigmap/three\nconfigmap/four'],
      [
        'kubectl delete -R -f all',
        'configmap "one" deleted\nconfigmap "two" deleted\nconfigmap "three" deleted\nconfigmap "four" deleted',
      ],
    ],
  },
  {
    name: 'apply of kustomizations',
    files: {
      'base/kustomization.yaml':
        'resources: [web.yaml]\nconfigMapGenerator: [{ name: settings, literals: [colour=blue] }]\n',
      'base/web.yaml': deployment,
      'over/kustomization.yaml': 'namePrefix: my-\nresources: [../base]\nimages: [{ name: busybox, newTag: "1.36" }]\n',
    },
    lines: [
      ['kubectl apply -k over', /^configmap\/my-settings-\w{10} created\ndeployment.apps\/my-web created$/, 27],
      ['kubectl get deploy my-web -o jsonpath={..image}', 'busybox:1.36', 27],
      [
        'kubectl kustomize over | kubectl apply -f -',
        /^configmap\/my-settings-\w{10} unchanged\ndeployment.apps\/my-web unchanged$/,
        27,
      ],
      ['kubectl diff -k over', '', 27],
      ['kubectl get -k over -o name', /^configmap\/my-settings-\w{10}\ndeployment.apps\/my-web$/, 27],
      ['kubectl delete -k over', /^configmap "my-settings-\w{10}" deleted\ndeployment.apps "my-web" deleted$/, 27],
    ],
  },
  {
    name: 'apply with prune',
    files: {
      'both.yaml': `${configMap('one', '{ a: "1" }', ', labels: { set: a }')}---\n${configMap('two', '{ a: "1" }', ', labels: { set: a }')}`,
      'one.yaml': configMap('one', '{ a: "1" }', ', labels: { set: a }'),
    },
    lines: [
      ['kubectl apply -f both.yaml', 'configmap/one created\nconfigmap/two created'],
      ['kubectl create secret generic kept --save-config', 'secret/kept created'],
      ['kubectl label secret kept set=a', 'secret/kept labeled'],
      [
        'kubectl apply -f one.yaml --prune -l set=a --prune-allowlist=core/v1/ConfigMap --dry-run=server',
        /^configmap\/one unchanged \(server dry run\)\nconfigmap\/two pruned \(server dry run\)$/,
        27,
      ],
      [
        'kubectl apply -f one.yaml --prune -l set=a --prune-allowlist=core/v1/ConfigMap',
        'configmap/one unchanged\nconfigmap/two pruned',
        27,
      ],
      ['kubectl get cm,secret -l set=a -o name', 'configmap/one\nsecret/kept', 27],
      [
        'kubectl apply -f one.yaml --prune',
        fails(/^error: all resources selected for prune without explicitly passing --all/),
      ],
    ],
  },
  {
    name: 'apply on the server',
    since: 22,
    files: { 'one.yaml': configMap('one', '{ a: "1", b: "2" }'), 'web.yaml': deployment },
    lines: [
      ['kubectl apply --server-side -f one.yaml', 'configmap/one serverside-applied'],
      ['kubectl apply --server-side -f one.yaml', 'configmap/one serverside-applied'],
      [
        'kubectl get cm one -o json --show-managed-fields',
        {
          json: {
            metadata: {
              managedFields: [
                {
                  manager: 'kubectl',
                  operation: 'Apply',
                  apiVersion: 'v1',
                  fieldsType: 'FieldsV1',
                  fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } },
                },
              ],
            },
          },
        },
      ],
      ["kubectl get cm one -o jsonpath='{.metadata.annotations}'", ''],
      // Another manager may add what it likes, and not take what is another's.
      [`kubectl patch cm one --field-manager=other -p '{"data":{"b":"9","c":"3"}}'`, 'configmap/one patched'],
      [
        'kubectl apply --server-side -f one.yaml',
        fails(
          /^error: Apply failed with 1 conflict: conflict with "other" using v1: .data.b\nPlease review the fields above--they currently have other managers/,
        ),
      ],
      ['kubectl apply --server-side --force-conflicts -f one.yaml', 'configmap/one serverside-applied'],
      ['sed "s/, b: .*}/ }/" one.yaml | kubectl apply --server-side -f -', 'configmap/one serverside-applied'],
      ['kubectl get cm one -o jsonpath={.data}', '{"a":"1","c":"3"}'],
      [
        'kubectl apply --server-side --field-manager=mine -f one.yaml --dry-run=server',
        'configmap/one serverside-applied (server dry run)',
      ],
      ['kubectl diff --server-side -f one.yaml', { status: 1, stdout: /\n\+ {2}b: "2"\n/ }],
      // What was applied by the client before is taken over.
      ['kubectl apply -f web.yaml', 'deployment.apps/web created'],
      ['kubectl apply --server-side -f web.yaml', 'deployment.apps/web serverside-applied'],
      ['kubectl apply --server-side -f web.yaml -o name', 'deployment.apps/web'],
    ],
  },
  {
    name: 'apply with an apply set',
    since: 27,
    files: { 'both.yaml': `${configMap('one')}---\n${configMap('two')}`, 'one.yaml': configMap('one') },
    lines: [
      [
        'export KUBECTL_APPLYSET=true; kubectl apply -f both.yaml --prune --applyset=mine -n $NS',
        'configmap/one created\nconfigmap/two created',
      ],
      [
        'kubectl get secret mine -o json',
        {
          json: {
            metadata: {
              labels: { 'applyset.kubernetes.io/id': expect.stringMatching(/^applyset-/) },
              annotations: { 'applyset.kubernetes.io/tooling': expect.stringMatching(/^kubectl\/v1\./) },
            },
          },
        },
      ],
      [
        'KUBECTL_APPLYSET=true kubectl apply -f one.yaml --prune --applyset=mine -n $NS',
        'configmap/one unchanged\nconfigmap/two pruned',
      ],
      [
        'KUBECTL_APPLYSET=true kubectl apply --server-side -f both.yaml --prune --applyset=mine -n $NS',
        'configmap/one serverside-applied\nconfigmap/two serverside-applied',
      ],
    ],
  },
  {
    name: 'conformance: Kubectl, diff Deployment',
    files: { 'web.yaml': deployment, 'new.yaml': configMap('new') },
    lines: [
      ['kubectl apply -f web.yaml', 'deployment.apps/web created'],
      ['kubectl diff -f web.yaml', ''],
      [
        'sed s/1.35/1.36/ web.yaml | kubectl diff -f -',
        { status: 1, stdout: /\n- {6}- image: busybox:1.35\n\+ {6}- image: busybox:1.36\n/ },
      ],
      ['kubectl diff -f new.yaml', { status: 1, stdout: /\n\+data:\n\+ {2}a: "1"\n\+kind: ConfigMap\n/ }],
      ['KUBECTL_EXTERNAL_DIFF="diff -N -q" kubectl diff -f new.yaml', { status: 1, stdout: /^Files .* differ$/ }],
      ['kubectl get cm new', fails('Error from server (NotFound): configmaps "new" not found')],
      ['kubectl diff -f none.yaml', fails('error: the path "none.yaml" does not exist', 2)],
    ],
  },
  {
    name: 'create from files',
    files: {
      'one.yaml': configMap('one'),
      'generated.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: many- }\n',
    },
    lines: [
      ['kubectl create -f one.yaml', 'configmap/one created'],
      [
        'kubectl create -f one.yaml',
        fails('Error from server (AlreadyExists): error when creating "one.yaml": configmaps "one" already exists'),
      ],
      [
        'kubectl create -f generated.yaml -f generated.yaml',
        /^configmap\/many-\w{5} created\nconfigmap\/many-\w{5} created$/,
      ],
      ['kubectl apply -f generated.yaml', fails(/^error: from many-: cannot use generate name with apply$/)],
      ["KUBE_EDITOR='sed -i s/one/edited/' kubectl create --edit -f one.yaml", 'configmap/edited created'],
      [
        `echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}' | kubectl create --raw /api/v1/namespaces/$NS/configmaps -f -`,
        { json: { kind: 'ConfigMap', metadata: { name: 'raw' } } },
      ],
    ],
  },
];

kubectlSuite(25_710, scenarios);
