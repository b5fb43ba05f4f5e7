/** Who kubectl's user is: whoami, tokens, impersonation, credentials that a program hands out. */
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

/** Everything that the server says of the user, in one line. */
const who = (more = ''): string =>
  `kubectl ${more} auth whoami -o jsonpath='{.status.userInfo.username} {.status.userInfo.uid} {.status.userInfo.groups[*]}'`;

/** A kubeconfig that names the server and no user. */
const withoutUser = [
  'kubectl config view --raw | sed "/client-certificate-data\\|client-key-data/d" > nobody',
  '',
] as const;

const plugin = `#!/bin/sh
test "$1 $SECOND" = "first second" || exit 3
cat <<EOF
{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "$(cat token)"}}
EOF
`;

const impersonator = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: $NS }
rules:
- { apiGroups: [''], resources: [users], resourceNames: [bob], verbs: [impersonate] }
- { apiGroups: [''], resources: [groups], resourceNames: [developers], verbs: [impersonate] }
- { apiGroups: [authentication.k8s.io], resources: [users], resourceNames: [carl], verbs: ['impersonate:user-info'] }
- { apiGroups: [''], resources: [pods], verbs: ['impersonate-on:user-info:list'] }
`;

const carlReads = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: $NS-carl }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: carl }]
`;

const program = {
  apiVersion: 'v1',
  kind: 'Config',
  users: [
    {
      name: 'program',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: './plugin',
          args: ['first'],
          env: [{ name: 'SECOND', value: 'second' }],
          interactiveMode: 'Never',
        },
      },
    },
  ],
};

const scenarios: Scenario[] = [
  {
    name: 'auth whoami',
    lines: [
      [
        'kubectl auth whoami',
        /^ATTRIBUTE +VALUE *\nUsername +kubernetes-admin *\nGroups +\[system:masters system:authenticated\] *\nExtra: authentication.kubernetes.io\/credential-id +\[X509SHA256=[0-9a-f]{64}\]/,
      ],
      [who('--kubeconfig $PKI/scheduler.kubeconfig'), 'system:kube-scheduler  system:authenticated'],
      ['kubectl auth whoami -o name', /^selfsubjectreview.authentication.k8s.io\//],
    ],
  },
  {
    name: 'a token',
    lines: [
      [...withoutUser],
      ['kubectl create serviceaccount robot', 'serviceaccount/robot created'],
      ['kubectl create token robot > token', ''],
      [
        who('--kubeconfig nobody --token $(cat token)'),
        /^system:serviceaccount:\$NS:robot [0-9a-f-]{36} system:serviceaccounts system:serviceaccounts:\$NS system:authenticated$/,
      ],
      [
        'kubectl --kubeconfig nobody --token $(cat token) get secrets',
        fails(
          /^Error from server \(Forbidden\): secrets is forbidden: User "system:serviceaccount:\$NS:robot" cannot list resource "secrets" in API group "" in the namespace "\$NS"/,
        ),
      ],
      [
        'kubectl --kubeconfig nobody --token nonsense get pods',
        fails('error: You must be logged in to the server (Unauthorized)'),
      ],
      ['kubectl create token robot --audience elsewhere > token', ''],
      [
        'kubectl --kubeconfig nobody --token $(cat token) get pods',
        fails('error: You must be logged in to the server (Unauthorized)'),
      ],
      ['kubectl delete serviceaccount robot', /"robot" deleted/],
    ],
  },
  {
    name: 'credentials of a program',
    files: { plugin, 'program.yaml': JSON.stringify(program) },
    lines: [
      [...withoutUser],
      ['kubectl create serviceaccount robot', 'serviceaccount/robot created'],
      ['kubectl create token robot > token; chmod +x plugin', ''],
      [`KUBECONFIG=nobody:program.yaml ${who('--user program')}`, /^system:serviceaccount:\$NS:robot /],
      ['rm token', ''],
      [
        'KUBECONFIG=nobody:program.yaml kubectl --user program get pods 2>&1',
        {
          status: 1,
          stdout: /the server has asked for the client to provide credentials|Unauthorized|getting credentials/,
        },
      ],
    ],
  },
  {
    name: 'impersonation',
    files: { 'role.yaml': impersonator, 'carl.yaml': carlReads },
    lines: [
      [who('--as bob'), 'bob  system:authenticated'],
      [
        who('--as bob --as-group developers --as-group "a, b" --as-uid 7'),
        'bob 7 developers a, b system:authenticated',
      ],
      [
        who('--as system:serviceaccount:$NS:default'),
        'system:serviceaccount:$NS:default  system:serviceaccounts system:serviceaccounts:$NS system:authenticated',
      ],
      [
        'kubectl --as bob get pods',
        fails(
          /^Error from server \(Forbidden\): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "\$NS"/,
        ),
      ],
      ['kubectl --as bob --as-group system:masters get pods', { stderr: 'No resources found in $NS namespace.' }],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as bob get pods',
        fails(
          /^Error from server \(Forbidden\): pods is forbidden: User "system:kube-scheduler" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"/,
        ),
      ],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as system:serviceaccount:$NS:default get pods',
        fails(
          /^Error from server \(Forbidden\): pods is forbidden: User "system:kube-scheduler" cannot impersonate-on:serviceaccount:list resource "pods" in API group "" in the namespace "default"/,
        ),
      ],
      ['kubectl create -f role.yaml', /created/],
      ['kubectl create clusterrolebinding $NS --clusterrole $NS --user system:kube-scheduler', /created/],
      [
        `until ${who('--kubeconfig $PKI/scheduler.kubeconfig --as bob --as-group developers')} 2>/dev/null; do sleep 0.1; done`,
        'bob  developers system:authenticated',
      ],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as bob --as-group system:masters get pods',
        fails(
          /^Error from server \(Forbidden\): users.authentication.k8s.io "bob" is forbidden: User "system:kube-scheduler" cannot impersonate:user-info resource "users"/,
        ),
      ],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as bob --as-uid 7 get pods',
        fails(
          /^Error from server \(Forbidden\): users.authentication.k8s.io "bob" is forbidden: User "system:kube-scheduler" cannot impersonate:user-info resource "users"/,
        ),
      ],
      ['kubectl create -f carl.yaml', /created/],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as carl get pods -n $NS',
        { stderr: 'No resources found in $NS namespace.' },
      ],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as carl get configmaps -n $NS',
        fails(
          /^Error from server \(Forbidden\): configmaps is forbidden: User "system:kube-scheduler" cannot impersonate-on:user-info:list resource "configmaps" in API group "" in the namespace "\$NS"/,
        ),
      ],
      [
        'kubectl --kubeconfig $PKI/scheduler.kubeconfig --as dora get pods',
        fails(
          /^Error from server \(Forbidden\): users.authentication.k8s.io "dora" is forbidden: User "system:kube-scheduler" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope/,
        ),
      ],
      ['kubectl delete clusterrolebinding $NS $NS-carl && kubectl delete clusterrole $NS', /deleted\n.* deleted$/],
    ],
  },
];

kubectlSuite(25170, scenarios);
