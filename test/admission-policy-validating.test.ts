/** ValidatingAdmissionPolicy on the wire: what policies in CEL refuse, warn of and note. */
import { describe, expect, test } from 'vitest';
import { mapsLabelled, ruleFor, withPolicy } from './harness/admission-policies.ts';
import { deploymentOf, deployments, mapOf, maps, writesToServerAt } from './harness/writes.ts';

const writes = writesToServerAt(25700);
const { ask } = writes;

const onDeployments = { resourceRules: [ruleFor('deployments', ['CREATE', 'UPDATE'], 'apps')] };
const labelled = (name: string, data: object = {}, test = name) => mapOf(name, data, { labels: { test } });
const dryRun = `${maps}?dryRun=All`;

test('conformance: ValidatingAdmissionPolicy — variables', async () => {
  const spec = {
    matchConstraints: onDeployments,
    variables: [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'odd', expression: 'variables.replicas % 2 == 1' },
    ],
    validations: [
      { expression: 'variables.replicas > 1' },
      { expression: 'variables.odd', messageExpression: "'not odd: ' + string(variables.replicas)" },
    ],
  };
  await withPolicy(writes, 'Validating', { name: 'odd', spec }, async () => {
    const tried = (replicas: number) => ask('POST', `${deployments}?dryRun=All`, deploymentOf('d', { replicas }));
    const by = `deployments.apps "d" is forbidden: ValidatingAdmissionPolicy 'odd' with binding 'odd' denied request:`;
    expect(await tried(3)).toMatchObject({ status: 201 });
    expect(await tried(2)).toMatchObject({ status: 422, body: { reason: 'Invalid', message: `${by} not odd: 2` } });
    expect(await tried(1)).toMatchObject({
      status: 422,
      body: { message: `${by} failed expression: variables.replicas > 1` },
    });
  });
  expect(await ask('POST', `${deployments}?dryRun=All`, deploymentOf('d', { replicas: 2 }))).toMatchObject({
    status: 201,
  });
});

test('conformance: ValidatingAdmissionPolicy — replicas', async () => {
  const spec = {
    matchConstraints: onDeployments,
    validations: [{ expression: 'object.spec.replicas <= 5', reason: 'Forbidden', message: 'five are enough' }],
  };
  await withPolicy(writes, 'Validating', { name: 'few', spec }, async () => {
    expect(await ask('POST', deployments, deploymentOf('few', { replicas: 5 }))).toMatchObject({ status: 201 });
    const message = `deployments.apps "few" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few' denied request: five are enough`;
    expect(await ask('PUT', `${deployments}/few`, deploymentOf('few', { replicas: 6 }))).toMatchObject({
      status: 403,
      body: { reason: 'Forbidden', message },
    });
    expect(await writes.patch(`${deployments}/few`, { spec: { replicas: 7 } })).toMatchObject({ status: 403 });
    expect(await ask('GET', `${deployments}/few`)).toMatchObject({ body: { spec: { replicas: 5 } } });
  });
});
