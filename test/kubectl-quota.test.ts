/** Quotas and limits as kubectl makes and describes them, and what it says when they refuse. */
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const limits = `
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec:
  limits:
    - { type: Container, max: { cpu: '1' }, default: { cpu: 200m }, defaultRequest: { cpu: 100m } }
    - { type: PersistentVolumeClaim, max: { storage: 1Gi } }
`;

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: large }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 2Gi } } }
`;

const used = (name: string, path: string, amount: string): string =>
  `kubectl wait quota/${name} --timeout=120s --for=jsonpath='{.status.used.${path}}'=${amount}`;

const scenarios: Scenario[] = [
  {
    name: 'quota',
    lines: [
      ['kubectl create quota q --hard=pods=1,requests.cpu=1,count/deployments.apps=1', 'resourcequota/q created'],
      [used('q', 'pods', '0'), 'resourcequota/q condition met'],
      [
        'kubectl get quota',
        /^NAME +(AGE +)?REQUEST +LIMIT( +AGE)?\nq +(\S+ +)?count\/deployments\.apps: 0\/1, pods: 0\/1, requests\.cpu: 0\/1 +(\S+)?$/,
      ],
      [
        'kubectl run silent --image=busybox:1.35',
        fails(
          'Error from server (Forbidden): pods "silent" is forbidden: failed quota: q: must specify requests.cpu for: silent',
        ),
      ],
      [
        `kubectl run web --image=busybox:1.35 --overrides='{"spec":{"containers":[{"name":"web","image":"busybox:1.35","resources":{"requests":{"cpu":"250m"}}}]}}'`,
        'pod/web created',
      ],
      [
        'kubectl describe quota q',
        /^Name: +q\nNamespace: +\$NS\nResource +Used +Hard\n-------- +---- +----\ncount\/deployments.apps +0 +1\npods +1 +1\nrequests.cpu +250m +1$/,
      ],
      [
        `kubectl run two --image=busybox:1.35 --overrides='{"spec":{"containers":[{"name":"two","image":"busybox:1.35","resources":{"requests":{"cpu":"900m"}}}]}}'`,
        fails(
          'Error from server (Forbidden): pods "two" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=900m, used: pods=1,requests.cpu=250m, limited: pods=1,requests.cpu=1',
        ),
      ],
      ['kubectl create deployment one --image=busybox:1.35 --replicas=0', 'deployment.apps/one created'],
      [
        'kubectl create deployment two --image=busybox:1.35',
        fails(
          'error: failed to create deployment: deployments.apps "two" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
        ),
      ],
      ['kubectl delete pod web --now', { stdout: 'pod "web" deleted' }],
      [used('q', 'pods', '0'), 'resourcequota/q condition met'],
      [
        'kubectl describe ns $NS',
        /\nResource Quotas\n +Name: +q\n +Resource +Used +Hard\n +-------- +--- +---\n +count\/deployments.apps +1 +1\n +pods +0 +1\n +requests.cpu +0 +1\n\nNo LimitRange resource.$/,
      ],
      ['kubectl create quota best --hard=pods=0 --scopes=BestEffort', 'resourcequota/best created'],
      [used('best', 'pods', '0'), 'resourcequota/best condition met'],
      [
        'kubectl describe quota best',
        /\nScopes: +BestEffort\n \* Matches all pods that do not have resource requirements set/,
      ],
    ],
  },
  {
    name: 'limits',
    files: { 'limits.yaml': limits, 'claim.yaml': claim },
    lines: [
      ['kubectl apply -f limits.yaml', 'limitrange/limits created'],
      [
        'kubectl describe limits limits',
        /^Name: +limits\nNamespace: +\$NS\nType +Resource +Min +Max +Default Request +Default Limit +Max Limit\/Request Ratio\n[- /]+\nContainer +cpu +- +1 +100m +200m +-\nPersistentVolumeClaim +storage +- +1Gi +- +- +-$/,
      ],
      [
        'kubectl describe ns $NS',
        /\nNo resource quota.\n\nResource Limits\n[\s\S]*Container +cpu +- +1 +100m +200m +-/,
      ],
      ['kubectl run web --image=busybox:1.35', 'pod/web created'],
      [
        "kubectl get pod web -o jsonpath='{.spec.containers[0].resources.requests.cpu} {.spec.containers[0].resources.limits.cpu} {.spec.priority}'",
        '100m 200m 0',
      ],
      [
        'kubectl apply -f claim.yaml',
        fails(
          /^Error from server \(Forbidden\): error when creating "claim.yaml": persistentvolumeclaims "large" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi$/,
        ),
      ],
    ],
  },
];

kubectlSuite(25_530, scenarios);
