/** Policies in CEL as people write them, with kubectl: what it shows of them, and of what they refuse, warn of and change. */
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const bound = (kind: 'Mutating' | 'Validating', more: string): string => `
---
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}AdmissionPolicyBinding
metadata: { name: $NS }
spec:
  policyName: $NS
  matchResources:
    namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: $NS } }
${more}`;

const replicaLimit = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: $NS }
spec:
  failurePolicy: Fail
  paramKind: { apiVersion: v1, kind: ConfigMap }
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }
  validations:
    - expression: "object.spec.replicas <= int(params.data.maxReplicas)"
      messageExpression: "'more than ' + params.data.maxReplicas + ' replicas'"
${bound('Validating', '  validationActions: [Deny]\n  paramRef: { name: limits, parameterNotFoundAction: Deny }')}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: limits }
data: { maxReplicas: "2" }
`;

const deployment = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
`;

const denied = fails(
  `The deployments "web" is invalid: : ValidatingAdmissionPolicy '$NS' with binding '$NS' denied request: more than 2 replicas`,
);

const scenarios: Scenario[] = [
  {
    name: 'a limit of replicas',
    files: { 'policy.yaml': replicaLimit, 'few.yaml': deployment(2), 'many.yaml': deployment(3) },
    lines: [
      [
        'kubectl apply -f policy.yaml',
        'validatingadmissionpolicy.admissionregistration.k8s.io/$NS created\n' +
          'validatingadmissionpolicybinding.admissionregistration.k8s.io/$NS created\nconfigmap/limits created',
      ],
      ['kubectl get validatingadmissionpolicy $NS --no-headers', /^\$NS +1 +v1\/ConfigMap +\S+$/],
      ['kubectl get validatingadmissionpolicybinding $NS --no-headers', /^\$NS +\$NS +\*\/limits +\S+$/],
      ['kubectl apply -f many.yaml', denied],
      ['kubectl apply -f many.yaml --dry-run=server', denied],
      ['kubectl create -f few.yaml', 'deployment.apps/web created'],
      ['kubectl scale deployment/web --replicas=2', 'deployment.apps/web scaled'],
      ['kubectl apply --server-side --force-conflicts -f many.yaml', denied],
      ['kubectl replace -f many.yaml', denied],
      ['kubectl delete configmap limits', 'configmap "limits" deleted'],
      [
        'kubectl label deployment web a=b',
        fails(
          /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction/,
        ),
      ],
      ['kubectl delete -f policy.yaml --ignore-not-found', /"\$NS" deleted\n.*"\$NS" deleted$/],
      ['kubectl label deployment web a=b', 'deployment.apps/web labeled'],
    ],
  },
  {
    name: 'a warning',
    files: {
      'policy.yaml': `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: $NS }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps] }]
  matchConditions: [{ name: not-root-ca, expression: "request.name != 'kube-root-ca.crt'" }]
  validations: [{ expression: "request.operation == 'DELETE' || has(object.metadata.labels)", message: "labels, please" }]
  auditAnnotations: [{ key: labels, valueExpression: "'labels were asked for: ' + request.operation" }]
${bound('Validating', '  validationActions: [Warn, Audit]')}`,
    },
    lines: [
      ['kubectl apply -f policy.yaml', /created\n.*created$/],
      ['kubectl get validatingadmissionpolicybindings -o name | grep $NS', /\$NS$/],
      [
        'kubectl create configmap plain',
        {
          stdout: 'configmap/plain created',
          stderr: "Warning: Validation failed for ValidatingAdmissionPolicy '$NS' with binding '$NS': labels, please",
        },
      ],
      ['kubectl label configmap plain a=b', 'configmap/plain labeled'],
      ['kubectl delete configmap plain', 'configmap "plain" deleted'],
      ['kubectl delete -f policy.yaml', /deleted$/],
    ],
  },
  {
    name: 'labels from a policy',
    files: {
      'policy.yaml': `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: { name: $NS }
spec:
  reinvocationPolicy: IfNeeded
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps] }]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >
          Object{
            metadata: Object.metadata{
              labels: {"made-by": request.userInfo.username}
            }
          }
    - patchType: JSONPatch
      jsonPatch:
        expression: >
          [JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/env"), value: "test"}]
${bound('Mutating', '')}`,
      'wrong.yaml': `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: { name: wrong }
spec:
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps] }]
  mutations: [{ patchType: JSONPatch, jsonPatch: { expression: '[JSONPatch{op: "add", pth: "/x"}]' } }]
`,
    },
    lines: [
      ['kubectl apply -f policy.yaml', /created\n.*created$/],
      ['kubectl get mutatingadmissionpolicy $NS --no-headers', /^\$NS +2 +<unset> +\S+$/],
      ['kubectl create configmap labelled --from-literal=a=b', 'configmap/labelled created'],
      [
        "kubectl get configmap labelled -o jsonpath='{.metadata.labels}'",
        /"example.com\/env":"test","made-by":"kubernetes-admin"/,
      ],
      ['kubectl apply -f wrong.yaml', fails(/ERROR: <input>:1:26: undefined field 'pth'/)],
      ['kubectl delete -f policy.yaml', /deleted$/],
    ],
  },
];

kubectlSuite(25_776, scenarios);
