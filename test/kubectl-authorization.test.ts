/** What kubectl's users may do: auth can-i, roles and bindings that are made by hand, refusals. */
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const no = { status: 1, stdout: 'no' };
const account = '--as system:serviceaccount:$NS:robot';

const scenarios: Scenario[] = [
  {
    name: 'auth can-i',
    lines: [
      ['kubectl auth can-i get pods', 'yes'],
      ["kubectl auth can-i '*' '*' --all-namespaces", 'yes'],
      ['kubectl create serviceaccount robot', 'serviceaccount/robot created'],
      ['kubectl create role reader --verb=get,list --resource=pods,pods/log', /created$/],
      ['kubectl create rolebinding reader --role=reader --serviceaccount=$NS:robot', /created$/],
      [`kubectl auth can-i get pods ${account}`, 'yes'],
      [`kubectl auth can-i get pods/x ${account}`, 'yes'],
      [`kubectl auth can-i get pods --subresource=log ${account}`, 'yes'],
      [`kubectl auth can-i get pods --subresource=exec ${account}`, no],
      [`kubectl auth can-i delete pods ${account}`, no],
      [`kubectl auth can-i list pods ${account} -n default`, no],
      [`kubectl auth can-i list pods --all-namespaces ${account}`, no],
      [`kubectl auth can-i list pods -q ${account}`, ''],
      [`kubectl auth can-i create pods -q ${account}`, { status: 1, stdout: '' }],
      [`kubectl auth can-i get /healthz ${account}`, 'yes'],
      [`kubectl auth can-i get /metrics ${account}`, no],
      ['kubectl auth can-i list pods --as ann --as-group system:masters', 'yes'],
      ['kubectl auth can-i list pods --as system:serviceaccount:default:robot', no],
      ['kubectl delete rolebinding reader', /deleted/],
      [`kubectl auth can-i get pods ${account}`, no],
    ],
  },
  {
    name: 'auth can-i --list',
    lines: [
      ['kubectl create role things --verb=get --resource=configmaps --resource-name=one', /created$/],
      ['kubectl create rolebinding things --role=things --user=$NS-ann', /created$/],
      [
        'kubectl auth can-i --list --as $NS-ann --as-group system:authenticated',
        /^Resources +Non-Resource URLs +Resource Names +Verbs\n[\s\S]*selfsubjectrulesreviews.authorization.k8s.io +\[\] +\[\] +\[create\]\n[\s\S]*\[\/healthz\] +\[\] +\[get\][\s\S]*configmaps +\[\] +\[one\] +\[get\]/,
      ],
      ['kubectl auth can-i --list --no-headers | sort | head -1', /^ +\[\*\] +\[\] +\[\*\]$/],
    ],
  },
  {
    name: 'roles by hand',
    lines: [
      [
        'kubectl create clusterrole $NS --verb=get,list --resource=nodes,deployments.apps/scale',
        /clusterrole\S+\/\$NS created/,
      ],
      [
        "kubectl get clusterrole $NS -o jsonpath='{.rules[*].apiGroups[*]} {.rules[*].resources[*]} {.rules[0].verbs[*]}'",
        /apps.* nodes deployments\/scale get list|nodes.*deployments\/scale/,
      ],
      ['kubectl create clusterrolebinding $NS --clusterrole=$NS --user=$NS-ann --group=$NS-devs', /created$/],
      ['kubectl get nodes --as $NS-ann', { stderr: 'No resources found', stdout: '' }],
      ['kubectl get nodes --as x --as-group $NS-devs', { stderr: 'No resources found', stdout: '' }],
      [
        'kubectl get nodes --as $NS-bob',
        fails(
          'Error from server (Forbidden): nodes is forbidden: User "$NS-bob" cannot list resource "nodes" in API group "" at the cluster scope',
        ),
      ],
      [
        'kubectl delete pod x --as $NS-bob',
        fails(
          'Error from server (Forbidden): pods "x" is forbidden: User "$NS-bob" cannot delete resource "pods" in API group "" in the namespace "$NS"',
        ),
      ],
      [
        'kubectl get clusterrolebinding $NS -o wide --no-headers',
        /^\$NS +ClusterRole\/\$NS +\S+ +\$NS-ann +\$NS-devs *$/,
      ],
      ['kubectl create clusterrole $NS-all --aggregation-rule=to=$NS', /created$/],
      ['kubectl label clusterrole $NS to=$NS', /labeled$/],
      ["kubectl wait clusterrole/$NS-all --for=jsonpath='{.rules[0].verbs[0]}'=get --timeout=120s", /condition met$/],
      ['kubectl delete clusterrole $NS $NS-all', /deleted[\s\S]*deleted$/],
      [
        'kubectl get nodes --as $NS-ann',
        fails(
          'Error from server (Forbidden): nodes is forbidden: User "$NS-ann" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "$NS" not found',
        ),
      ],
      ['kubectl delete clusterrolebinding $NS', /deleted$/],
    ],
  },
  {
    name: 'nobody gives what they do not have',
    lines: [
      ['kubectl create rolebinding admins --clusterrole=admin --user=$NS-ann', /created$/],
      ['kubectl create role mine --verb=get --resource=pods --as $NS-ann', /created$/],
      [
        'kubectl create role more --verb=impersonate --resource=users --as $NS-ann',
        fails(
          'Error from server (Forbidden): roles.rbac.authorization.k8s.io "more" is forbidden: user "$NS-ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["users"], Verbs:["impersonate"]}',
        ),
      ],
      ['kubectl create rolebinding mine --clusterrole=edit --user=$NS-bob --as $NS-ann', /created$/],
      [
        'kubectl create rolebinding all --clusterrole=cluster-admin --user=$NS-bob --as $NS-ann',
        fails(/"all" is forbidden: user "\$NS-ann" \S+ is attempting to grant RBAC permissions not currently held:\n/),
      ],
      [
        'kubectl create rolebinding none --clusterrole=none --user=$NS-bob --as $NS-ann',
        fails(/clusterrole.rbac.authorization.k8s.io "none" not found/),
      ],
    ],
  },
];

kubectlSuite(25_240, scenarios);
