/** What can be on or off, each with the flags and the objects that put it to work. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { rbacGroup } from '../../api/validation/rbac.ts';
import { ensureAuditPolicy } from '../../cli/cluster/audit-policy.ts';
import { makeDirectories, type Paths, pathsOf } from '../../cli/cluster/layout.ts';
import { ensureEncryptionKey } from '../../cli/cluster/secrets-encryption.ts';
import { bindingsPath, policiesPath, policyOf } from '../../test/harness/admission-policies.ts';
import type { Ours } from '../apiserver/servers.ts';
import { putBindings } from './put-bindings.ts';
import { namespace, user } from './user.ts';

export interface Feature {
  /** Admission plugins that belong to it. */
  plugins?: string[];
  /** `folder` is for the files that they name. */
  flags?(folder: string): Record<string, string>;
  /** Makes the objects, in a namespace that is there. */
  prepare?(server: Ours): Promise<void>;
}

/** A cluster's files, below the folder. */
function pathsIn(folder: string): Paths {
  const paths = pathsOf(folder);
  makeDirectories(paths);
  return paths;
}

const post = (server: Ours, path: string, object: object): Promise<string> =>
  server.ask('POST', path, JSON.stringify(object));

/** The node authorizer is asked first, then 10,000 bindings of which one lets the user do what it does. */
const authorization: Feature = {
  flags: () => ({ 'authorization-mode': 'Node,RBAC' }),
  async prepare(server) {
    const rules = [{ verbs: ['*'], apiGroups: [''], resources: ['pods', 'secrets'] }];
    const rbac = `/apis/${rbacGroup}/v1`;
    await post(server, `${rbac}/clusterroles`, { metadata: { name: 'bench' }, rules });
    await post(server, `${rbac}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'bench' },
      roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'bench' },
      subjects: [{ apiGroup: rbacGroup, kind: 'User', name: user }],
    });
    await putBindings(server);
  },
};

const admission: Feature = {
  plugins: [
    ...['NamespaceLifecycle', 'LimitRanger', 'ServiceAccount', 'NodeRestriction', 'PodSecurity', 'Priority'],
    ...['DefaultTolerationSeconds', 'DefaultStorageClass', 'PersistentVolumeClaimResize', 'RuntimeClass'],
    ...['CertificateApproval', 'CertificateSigning', 'CertificateSubjectRestriction', 'DefaultIngressClass'],
    ...['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook', 'ResourceQuota'],
  ],
};

/** A rule that looks at every container of every pod. */
const policy: Feature = {
  plugins: ['MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy'],
  async prepare(server) {
    const resourceRules = [
      { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
    ];
    const expression = 'object.spec.containers.all(c, c.image.startsWith("registry.example.com/"))';
    const spec = { matchConstraints: { resourceRules }, validations: [{ expression }] };
    await post(server, policiesPath('Validating'), policyOf('Validating', 'bench', spec));
    await post(server, bindingsPath('Validating'), {
      metadata: { name: 'bench' },
      spec: { policyName: 'bench', validationActions: ['Deny'] },
    });
  },
};

/** As `minikctl cluster up` has it. */
const audit: Feature = {
  flags(folder) {
    const paths = pathsIn(folder);
    ensureAuditPolicy(paths);
    return {
      'audit-policy-file': paths.auditPolicy,
      'audit-log-path': paths.auditLog,
      'audit-log-maxsize': '10',
      'audit-log-maxbackup': '2',
      'audit-log-compress': 'true',
    };
  },
};

/** The Secrets, as `minikctl cluster up --secrets-encryption` has them. */
const encryption: Feature = {
  flags(folder) {
    const paths = pathsIn(folder);
    ensureEncryptionKey(paths);
    return { 'encryption-provider-config': paths.encryptionConfig };
  },
};

/** Everything that is stored, so that it can be seen at pods, too. */
const encryptionOfAll: Feature = {
  flags(folder) {
    const { encryptionConfig } = pathsIn(folder);
    const keys = [{ name: 'key1', secret: randomBytes(32).toString('base64') }];
    const resources = [{ resources: ['*.*'], providers: [{ secretbox: { keys } }, { identity: {} }] }];
    const configuration = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources };
    writeFileSync(encryptionConfig, JSON.stringify(configuration), { mode: 0o600 });
    return { 'encryption-provider-config': encryptionConfig };
  },
};

/** All at once. */
export const everything: readonly Feature[] = [authorization, admission, policy, audit, encryption];

/** One at a time. */
export const single: Readonly<Record<string, Feature>> = {
  authorization,
  admission,
  policy,
  audit,
  'encryption of pods': encryptionOfAll,
};

/** The flags of a server with these features and no others. */
export function flagsOf(features: readonly Feature[], folder: string): Record<string, string> {
  const on = new Set(features.flatMap(({ plugins = [] }) => plugins));
  const off = everything.flatMap(({ plugins = [] }) => plugins).filter((name) => !on.has(name));
  return Object.assign(
    { 'authorization-mode': 'AlwaysAllow', 'disable-admission-plugins': off.join(',') },
    ...features.map(({ flags }) => flags?.(folder)),
  );
}
