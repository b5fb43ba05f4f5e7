/** MutatingAdmissionPolicy on the wire: what policies in CEL change in an object before it is stored. */
import { describe, expect, test } from 'vitest';
import { mapsLabelled, ruleFor, withPolicy } from './harness/admission-policies.ts';
import { deploymentOf, deployments, mapOf, maps, ownersOf, writesToServerAt } from './harness/writes.ts';

const writes = writesToServerAt(25702);
const { ask } = writes;

const onDeployments = { resourceRules: [ruleFor('deployments', ['CREATE', 'UPDATE'], 'apps')] };
const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const never = { reinvocationPolicy: 'Never', failurePolicy: 'Fail' };

const labelled = (name: string, data: object = {}, test = name) => mapOf(name, data, { labels: { test } });
const dryRun = `${maps}?dryRun=All`;

test('conformance: MutatingAdmissionPolicy — a deployment', async () => {
  const spec = {
    ...never,
    matchConstraints: onDeployments,
    mutations: [apply('Object{spec: Object.spec{replicas: object.spec.replicas + 100}}')],
  };
  await withPolicy(writes, 'Mutating', { name: 'more', spec }, async () => {
    const made = await ask('POST', `${deployments}?fieldManager=me`, deploymentOf('more', { replicas: 1 }));
    expect(made).toMatchObject({ status: 201, body: { spec: { replicas: 101, revisionHistoryLimit: 10 } } });
    // Owned by who has sent the request, as all that admission adds.
    expect(Object.keys(ownersOf(made.body))).toEqual(['Update me']);
    expect(await writes.patch(`${deployments}/more`, { spec: { replicas: 2 } })).toMatchObject({
      body: { spec: { replicas: 102 } },
    });
  });
});

test('conformance: MutatingAdmissionPolicy — annotations', async () => {
  const spec = {
    ...never,
    matchConstraints: onDeployments,
    variables: [{ name: 'by', expression: 'request.userInfo.username' }],
    mutations: [
      apply('Object{metadata: Object.metadata{annotations: {"by": variables.by}}}'),
      jsonPatch(
        '[JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/replicas"), value: string(object.spec.replicas)}]',
      ),
    ],
  };
  await withPolicy(writes, 'Mutating', { name: 'signed', spec }, async () => {
    expect(await ask('POST', deployments, deploymentOf('signed', { replicas: 3 }))).toMatchObject({
      status: 201,
      body: { metadata: { annotations: { by: 'kubernetes-admin', 'example.com/replicas': '3' } } },
    });
  });
});
