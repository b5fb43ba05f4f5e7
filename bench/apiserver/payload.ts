/** The pod of the benchmark: about as large as a Deployment's, 3 KB as JSON. `{n}` stands for what tells pods apart. */

const env = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    name: `SETTING_${i}`,
    value: `https://service-${i}.example.svc:8443/v1`,
  }));

const probe = (path: string) => ({ httpGet: { path, port: 8080 }, periodSeconds: 10, timeoutSeconds: 2 });

const container = (name: string) => ({
  name,
  image: `registry.example.com/team/${name}:v1.27.3`,
  args: ['--config=/etc/app/config.yaml', '--log-level=info', '--listen=:8080'],
  env: env(8),
  ports: [
    { name: 'http', containerPort: 8080 },
    { name: 'metrics', containerPort: 9090 },
  ],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
  livenessProbe: probe('/healthz'),
  readinessProbe: probe('/readyz'),
  volumeMounts: [{ name: 'config', mountPath: '/etc/app', readOnly: true }],
});

/** A pod as a client sends it. `i` is a label that changes with every write. */
export const pod = (name: string, i: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { app: 'web', tier: 'front', 'pod-template-hash': '5d69cc8f6b', i },
    annotations: { 'example.com/checksum': '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
  },
  spec: {
    containers: [container('app'), container('sidecar')],
    volumes: [{ name: 'config', configMap: { name: 'web-config' } }],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    serviceAccountName: 'default',
    serviceAccount: 'default',
    enableServiceLinks: true,
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  },
});
