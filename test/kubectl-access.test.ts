/** kubectl's commands about who may do what: certificate requests, and roles that are put right. */

import { certificatesigningrequests } from '../api/kinds/certificatesigningrequests.ts';
import { exampleOf } from './harness/example-objects.ts';
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const { content } = exampleOf(certificatesigningrequests as never);
const request = (name: string): string =>
  JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    ...content,
  });

const roles = (verbs: string, user: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: $NS }
rules: [{ apiGroups: [''], resources: [pods], verbs: [${verbs}] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reads, namespace: $NS }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: ${user} }]
`;

const reconciled = /^role\S+\/reader reconciled\nrolebinding\S+\/reads reconciled$/;

const scenarios: Scenario[] = [
  {
    name: 'certificate approve and deny',
    files: { 'a.json': request('$NS-a'), 'b.json': request('$NS-b') },
    lines: [
      [
        'kubectl create -f a.json -f b.json',
        /^certificatesigningrequest\S+\/\$NS-a created\ncertificatesigningrequest\S+\/\$NS-b created$/,
      ],
      ['kubectl get csr $NS-a --no-headers', /^\$NS-a +\S+ +example.com\/signer +kubernetes-admin +<none> +Pending$/],
      ['kubectl certificate approve $NS-a', 'certificatesigningrequest.certificates.k8s.io/$NS-a approved'],
      ['kubectl certificate deny $NS-b', 'certificatesigningrequest.certificates.k8s.io/$NS-b denied'],
      ['kubectl get csr $NS-a $NS-b --no-headers', /^\$NS-a .* Approved\n\$NS-b .* Denied$/],
      [
        "kubectl get csr $NS-a -o jsonpath='{.status.conditions[*].reason} {.status.conditions[*].message}'",
        'KubectlApprove This CSR was approved by kubectl certificate approve.',
      ],
      ['kubectl certificate deny $NS-a', fails('error: certificate signing request "$NS-a" is already Approved')],
      [
        'kubectl describe csr $NS-b',
        /Requesting User: +kubernetes-admin\nSigner: +example.com\/signer\nStatus: +Denied\n/,
      ],
      [
        'kubectl wait --for=condition=Denied csr/$NS-b',
        'certificatesigningrequest.certificates.k8s.io/$NS-b condition met',
      ],
      ['kubectl certificate approve none', fails(/"none" not found/)],
      ['kubectl delete csr $NS-a $NS-b', /"\$NS-a" deleted\n.*"\$NS-b" deleted$/],
    ],
  },
  {
    name: 'auth reconcile',
    files: { 'one.yaml': roles('get', 'ann'), 'more.yaml': roles('get, list', 'bob') },
    lines: [
      [
        'kubectl auth reconcile -f one.yaml',
        { stdout: reconciled, stderr: /reconciliation required create\n[\s\S]*missing rules added:\n.*Verbs:\[get\]/ },
      ],
      [
        'kubectl auth reconcile -f more.yaml',
        {
          stdout: reconciled,
          stderr: /missing rules added:\n.*Verbs:\[list\][\s\S]*missing subjects added:\n.*Name:bob/,
        },
      ],
      ["kubectl get role reader -o jsonpath='{.rules[*].verbs}'", /get.*list/],
      ["kubectl get rolebinding reads -o jsonpath='{.subjects[*].name}'", 'ann bob'],
      [
        'kubectl auth reconcile -f one.yaml --remove-extra-subjects',
        { stdout: reconciled, stderr: /extra subjects removed:\n.*Name:bob/ },
      ],
      ["kubectl get rolebinding reads -o jsonpath='{.subjects[*].name}'", 'ann'],
      ['kubectl get rolebinding reads -o wide --no-headers', /^reads +Role\/reader +\S+ +ann *$/],
      ['kubectl get role --no-headers', /^reader +20\d\d-\S+Z$/],
      [
        'kubectl describe role reader',
        /Resources +Non-Resource URLs +Resource Names +Verbs\n.*\n +pods +\[\] +\[\] +\[/,
      ],
    ],
  },
];

kubectlSuite(25110, scenarios);
