/** Policies in CEL for tests: short to write, each bound under its own name, and in force while a test uses them. */
import type { Writes } from './writes.ts';

type Kind = 'Mutating' | 'Validating';

const group = '/apis/admissionregistration.k8s.io/v1';

/** Where policies and bindings of that kind are served. */
export const policiesPath = (kind: Kind): string => `${group}/${kind.toLowerCase()}admissionpolicies`;
export const bindingsPath = (kind: Kind): string => `${group}/${kind.toLowerCase()}admissionpolicybindings`;

export const ruleFor = (resource: string, operations = ['CREATE', 'UPDATE'], group = '', version = 'v1') => ({
  apiGroups: [group],
  apiVersions: [version],
  operations,
  resources: [resource],
});

/** Constraints for config maps with the label `test=LABEL`. */
export const mapsLabelled = (label: string, operations?: string[]) => ({
  resourceRules: [ruleFor('configmaps', operations)],
  objectSelector: { matchLabels: { test: label } },
});

export const policyOf = (kind: Kind, name: string, spec: object) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}AdmissionPolicy`,
  metadata: { name },
  spec,
});

export const bindingOf = (kind: Kind, name: string, spec: object = {}) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}AdmissionPolicyBinding`,
  metadata: { name },
  spec: { policyName: name, ...(kind === 'Validating' && { validationActions: ['Deny'] }), ...spec },
});

/** Creates an object that must be valid. */
async function made({ ask }: Writes, path: string, object: object): Promise<void> {
  const { status, body } = await ask('POST', path, object);
  if (status !== 201) throw new Error(JSON.stringify(body));
}

/** Puts a policy in force for as long as `use` takes. */
export async function withPolicy(
  writes: Writes,
  kind: Kind,
  { name, spec, binding }: { name: string; spec: object; binding?: object },
  use: () => Promise<void>,
): Promise<void> {
  const paths = [policiesPath(kind), bindingsPath(kind)] as const;
  try {
    await made(writes, paths[0], policyOf(kind, name, spec));
    await made(writes, paths[1], bindingOf(kind, name, binding));
    // A consistent read waits until the caches know all that has been written.
    await writes.ask('GET', paths[1]);
    await use();
  } finally {
    for (const path of paths) await writes.ask('DELETE', `${path}/${name}`);
    await writes.ask('GET', paths[1]);
  }
}
