/** kubectl's commands on an object of every kind at once: each takes them from one file. */
import { apiVersionOf } from '../api/kind.ts';
import { type AnyKind, allKinds } from '../api/kinds/all.ts';
import { exampleOf } from './harness/example-objects.ts';
import type { Expected, Scenario } from './harness/kubectl-session.ts';
import { kubectlSuite } from './harness/kubectl-suite.ts';

/** Each once: what is another kind under a second name or version has the same objects. */
const kinds = allKinds.filter(({ unstored, storedAs }) => !unstored && !storedAs);

/** Core Endpoints are the one kind that Kubernetes warns of. */
const deprecation = /^(Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice\n?)*$/;
const printing = (stdout: string | RegExp): Expected => ({ stdout, stderr: deprecation });

interface Named {
  /** As kubectl says it: `deployment.apps/web`. */
  label: string;
  name: string;
  manifest: object;
}

function exampleNamed(kind: AnyKind, word: string): Named {
  const example = exampleOf(kind);
  const { name, content } = { name: word, content: example.content, ...example.called?.(word) };
  const metadata = { name, ...(kind.namespaced && { namespace: 'default' }) };
  return {
    label: `${kind.singular}${kind.group ? `.${kind.group}` : ''}/${name}`,
    name,
    manifest: { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...content },
  };
}

/** kubectl describes these by asking for a version before the first stable one, which is no longer served. */
const beta = /^(ipaddress|servicecidr|volumeattributesclass)\./;

const everyKind = (minor: number): Scenario => {
  const objects = kinds.map((kind) => exampleNamed(kind, `k${minor}`));
  const said = (what: string): string => objects.map(({ label }) => `${label} ${what}`).join('\n');
  const list = (some: Named[]): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: some.map(({ manifest }) => manifest) });
  const described = objects.filter(({ label }) => !beta.test(label));
  return {
    name: 'every kind',
    files: { 'all.json': list(objects), 'described.json': list(described) },
    lines: [
      ['kubectl create -f all.json', printing(said('created'))],
      ['kubectl get -f all.json -o name', printing(objects.map(({ label }) => label).join('\n'))],
      [
        'kubectl get -f all.json --no-headers -o custom-columns=N:.metadata.name',
        printing(objects.map(({ name }) => name).join('\n')),
      ],
      ['kubectl label -f all.json colour=blue', printing(said('labeled'))],
      ['kubectl annotate -f all.json note=here | sed s/annotate$/annotated/', printing(said('annotated'))],
      [
        "kubectl describe -f described.json | sed -n 's/^Name: *//p'",
        printing(described.map(({ name }) => name).join('\n')),
        27,
      ],
      ['kubectl apply --server-side --force-conflicts -f all.json', printing(said('serverside-applied')), 22],
      ["kubectl delete -f all.json --wait=false | grep -c ' deleted$'", printing(String(objects.length))],
    ],
  };
};

kubectlSuite(25_760, [everyKind]);
