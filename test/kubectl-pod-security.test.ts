/** What kubectl says of pods that their namespace does not allow, and of accounts that they run as. */
import { fails, type Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

const label = 'pod-security.kubernetes.io';

const pod = (spec: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: ${spec}
`;

const lacks = (container: string): string =>
  [
    `allowPrivilegeEscalation != false (container "${container}" must set securityContext.allowPrivilegeEscalation=false)`,
    `unrestricted capabilities (container "${container}" must set securityContext.capabilities.drop=["ALL"])`,
    `runAsNonRoot != true (pod or container "${container}" must set securityContext.runAsNonRoot=true)`,
    `seccompProfile (pod or container "${container}" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
  ].join(', ');

const careful = `{
  securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } },
  containers: [{ name: web, image: busybox, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } } }]
}`;

const scenarios: Scenario[] = [
  {
    name: 'a restricted namespace',
    files: {
      'bare.yaml': pod('{ containers: [{ name: web, image: busybox }] }'),
      'careful.yaml': pod(careful),
      'debug.json': '{"image": "busybox"}',
    },
    lines: [
      [`kubectl label namespace $NS ${label}/enforce=restricted`, 'namespace/$NS labeled'],
      [
        'kubectl apply -f bare.yaml',
        fails(
          `Error from server (Forbidden): error when creating "bare.yaml": pods "web" is forbidden: violates PodSecurity "restricted:latest": ${lacks('web')}`,
        ),
      ],
      ['kubectl apply -f careful.yaml', 'pod/web created'],
      ['kubectl label pod web a=b', 'pod/web labeled'],
      [
        'kubectl debug web --image=busybox -c shell --profile=general',
        fails(/pods "web" is forbidden: violates PodSecurity "restricted:latest": .*container "shell"/),
        27,
      ],
      [
        `kubectl label namespace $NS --overwrite ${label}/enforce=strict`,
        fails(
          `The Namespace "$NS" is invalid: metadata.labels[${label}/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted`,
        ),
      ],
    ],
  },
  {
    name: 'warnings',
    files: { 'bare.yaml': pod('{ containers: [{ name: web, image: busybox }] }') },
    lines: [
      [`kubectl label namespace $NS ${label}/warn=restricted ${label}/warn-version=v1.34`, 'namespace/$NS labeled'],
      [
        'kubectl apply -f bare.yaml',
        {
          stdout: 'pod/web created',
          stderr: `Warning: would violate PodSecurity "restricted:v1.34": ${lacks('web')}`,
        },
      ],
      [
        'kubectl create deployment api --image=busybox',
        {
          stdout: 'deployment.apps/api created',
          stderr: `Warning: would violate PodSecurity "restricted:v1.34": ${lacks('busybox')}`,
        },
      ],
      ['kubectl scale deployment api --replicas=2', 'deployment.apps/api scaled'],
      [
        `kubectl label namespace $NS ${label}/enforce=restricted`,
        {
          stdout: 'namespace/$NS labeled',
          stderr:
            'Warning: existing pods in namespace "$NS" violate the new PodSecurity enforce level "restricted:latest"\n' +
            'Warning: web: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
        },
      ],
      [`kubectl label namespace $NS --overwrite ${label}/enforce=baseline`, 'namespace/$NS labeled'],
    ],
  },
  {
    name: 'accounts',
    files: {
      'stranger.yaml': pod('{ serviceAccountName: robot, containers: [{ name: web, image: busybox }] }'),
      'default.yaml': pod('{ containers: [{ name: web, image: busybox }] }'),
    },
    lines: [
      [
        'kubectl apply -f stranger.yaml',
        fails(
          'Error from server (Forbidden): error when creating "stranger.yaml": pods "web" is forbidden: error looking up service account $NS/robot: serviceaccount "robot" not found',
        ),
      ],
      ['kubectl create serviceaccount robot', 'serviceaccount/robot created'],
      ['kubectl apply -f stranger.yaml', 'pod/web created'],
      ["kubectl get pod web -o jsonpath='{.spec.serviceAccountName}'", 'robot'],
      ['kubectl delete pod web --now', { stdout: /deleted/, stderr: /^/ }],
      ['kubectl apply -f default.yaml', 'pod/web created'],
      [
        "kubectl get pod web -o jsonpath='{.spec.serviceAccountName} {.spec.containers[0].volumeMounts[0].mountPath}'",
        'default /var/run/secrets/kubernetes.io/serviceaccount',
      ],
    ],
  },
];

kubectlSuite(25_460, scenarios, { 'disable-admission-plugins': '' });
