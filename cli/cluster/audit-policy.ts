/**
 * The audit policy of a new cluster: every write, and every look at a Secret or into a container, with who, when, from where and
 * the revision that it made; nothing of what components read and report all the time. It is a file for its owner to change: one
 * that is there is left as it is.
 */
import { existsSync, writeFileSync } from 'node:fs';
import type { Paths } from './layout.ts';

const defaultPolicy = `# Which requests the API server records in logs/audit.log. Read them with: minikctl audit
# The first rule that matches a request decides. To have a change noticed: minikctl cluster down, minikctl cluster up
# https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages:
- RequestReceived
omitManagedFields: true
rules:
# Heartbeats and news, written all the time; reviews, which ask and change nothing.
- level: None
  resources:
  - group: coordination.k8s.io
    resources: [leases]
  - group: ""
    resources: [events]
  - group: events.k8s.io
    resources: [events]
  - group: authentication.k8s.io
  - group: authorization.k8s.io
# What components read.
- level: None
  users:
  - system:kube-controller-manager
  - system:kube-scheduler
  - system:kube-proxy
  verbs: [get, list, watch]
- level: None
  userGroups: [system:nodes]
  verbs: [get, list, watch]
# Whoever looks at Secrets, or goes into a container or through to a Service.
- level: Metadata
  resources:
  - group: ""
    resources: [secrets, "*/exec", "*/attach", "*/portforward", "*/proxy"]
# Every write.
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
`;

/** Writes the policy where there is none. */
export function ensureAuditPolicy({ auditPolicy }: Paths): void {
  if (!existsSync(auditPolicy)) writeFileSync(auditPolicy, defaultPolicy, { mode: 0o600 });
}
