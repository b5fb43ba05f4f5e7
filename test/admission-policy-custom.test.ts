/** Policies in CEL over custom resources, with custom resources as parameters; and what type checking finds in policies. */
import { describe, expect, test } from 'vitest';
import type { ValidatingAdmissionPolicy } from '../api/types.ts';
import { policiesPath, policyOf, ruleFor, withPolicy } from './harness/admission-policies.ts';
import { eventually } from './harness/eventually.ts';
import { writesToServerAt } from './harness/writes.ts';

const writes = writesToServerAt(25774);
const { ask } = writes;

const group = 'policies.example.com';

async function define(plural: string, kind: string, scope: string, spec: object): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: spec } } } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, kind },
      versions: [
        { name: 'v1', served: true, storage: true, schema },
        { name: 'v2', served: true, storage: false, schema },
      ],
    },
  };
  expect(await ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)).toMatchObject({
    status: 201,
  });
  const path = scope === 'Cluster' ? plural : `namespaces/default/${plural}`;
  await eventually(`${plural} are served`, async () => (await ask('GET', `/apis/${group}/v2/${path}`)).status === 200);
}

const widget = (name: string, size: number, version = 'v1') => ({
  apiVersion: `${group}/${version}`,
  kind: 'Widget',
  metadata: { name },
  spec: { size, parts: ['a'] },
});
const widgets = (version = 'v1'): string => `/apis/${group}/${version}/namespaces/default/widgets`;

test('custom resources are validated and changed, with parameters that are custom resources', async () => {
  await define('widgets', 'Widget', 'Namespaced', {
    size: { type: 'integer' },
    parts: { type: 'array', items: { type: 'string' } },
  });
  await define('limits', 'Limit', 'Cluster', { max: { type: 'integer' } });
  const limit = { apiVersion: `${group}/v1`, kind: 'Limit', metadata: { name: 'small' }, spec: { max: 3 } };
  expect(await ask('POST', `/apis/${group}/v1/limits`, limit)).toMatchObject({ status: 201 });
  const matchConstraints = { resourceRules: [ruleFor('widgets', ['CREATE', 'UPDATE'], group)] };
  const paramKind = { apiVersion: `${group}/v2`, kind: 'Limit' };
  const binding = { paramRef: { name: 'small', parameterNotFoundAction: 'Deny' } };
  const validate = {
    paramKind,
    matchConstraints,
    validations: [
      {
        expression: 'object.spec.size <= params.spec.max',
        messageExpression: '"over " + string(params.spec.max) + " of " + params.apiVersion',
      },
    ],
  };
  const mutate = {
    paramKind,
    matchConstraints,
    reinvocationPolicy: 'Never',
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression: 'Object{metadata: Object.metadata{labels: {"max": string(params.spec.max)}}}',
        },
      },
      {
        patchType: 'JSONPatch',
        jsonPatch: { expression: '[JSONPatch{op: "add", path: "/spec/parts/-", value: "made"}]' },
      },
    ],
  };
  await withPolicy(writes, 'Mutating', { name: 'widgets', spec: mutate, binding }, () =>
    withPolicy(writes, 'Validating', { name: 'widgets', spec: validate, binding }, async () => {
      const message = `widgets.${group} "big" is forbidden: ValidatingAdmissionPolicy 'widgets' with binding 'widgets' denied request: over 3 of ${group}/v2`;
      expect(await ask('POST', widgets(), widget('big', 4))).toMatchObject({ status: 422, body: { message } });
      // The rule is for v1, and the same objects come in v2.
      expect(await ask('POST', widgets('v2'), widget('big', 4, 'v2'))).toMatchObject({
        status: 422,
        body: { message },
      });
      expect(await ask('POST', widgets('v2'), widget('good', 3, 'v2'))).toMatchObject({
        status: 201,
        body: {
          apiVersion: `${group}/v2`,
          metadata: { labels: { max: '3' } },
          spec: { size: 3, parts: ['a', 'made'] },
        },
      });
    }),
  );
});

test('a list of a custom resource that has one owner must not be applied', async () => {
  const mutations = [
    { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{parts: ["x"]}}' } },
  ];
  const spec = {
    matchConstraints: { resourceRules: [ruleFor('widgets', ['CREATE'], group)] },
    reinvocationPolicy: 'Never',
    mutations,
  };
  await withPolicy(writes, 'Mutating', { name: 'parts', spec }, async () => {
    expect(await ask('POST', `${widgets()}?dryRun=All`, widget('parts', 1))).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('may not mutate atomic arrays, maps or structs: .spec.parts') },
    });
  });
});

describe('type checking', () => {
  const deployments = { resourceRules: [ruleFor('deployments', ['*'], 'apps')] };

  async function statusOf(name: string, spec: object): Promise<ValidatingAdmissionPolicy['status']> {
    const path = policiesPath('Validating');
    expect(await ask('POST', path, policyOf('Validating', name, spec))).toMatchObject({
      status: 201,
      body: { status: {} },
    });
    const status = await eventually('it is checked', async () => {
      const { body } = await ask('GET', `${path}/${name}`);
      const found = body.status as ValidatingAdmissionPolicy['status'];
      return found?.observedGeneration === 1 && found;
    });
    await ask('DELETE', `${path}/${name}`);
    return status;
  }

  test('finds nothing in what fits', async () => {
    const spec = {
      matchConstraints: deployments,
      variables: [{ name: 'containers', expression: 'object.spec.template.spec.containers' }],
      validations: [
        { expression: 'object.spec.replicas > 1 && has(object.metadata.labels) && object.metadata.labels["a"] == "b"' },
        {
          expression:
            'variables.containers.all(c, c.image.startsWith("x") && quantity(c.resources.limits["cpu"]).sign() == 1)',
        },
        { expression: 'object.metadata.namespace == "x" || object.metadata.__namespace__ == "y"' },
        { expression: 'oldObject == null || object.metadata.creationTimestamp < timestamp("2030-01-01T00:00:00Z")' },
        {
          expression: 'authorizer.requestResource.check("x").allowed()',
          messageExpression: '"have " + string(object.spec.replicas)',
        },
      ],
    };
    expect(await statusOf('fits', spec)).toEqual({ observedGeneration: 1, typeChecking: {} });
  });

  test('finds fields that there are not, for each kind that the rules name', async () => {
    const spec = {
      matchConstraints: {
        resourceRules: [{ ...ruleFor('deployments', ['*'], 'apps'), resources: ['replicasets', 'deployments'] }],
      },
      validations: [
        { expression: 'object.spec.replicas > "1"' },
        { expression: 'object.spec.paused == true', messageExpression: 'string(object.nope)' },
      ],
    };
    const at = (kind: string, text: string) => `apps/v1, Kind=${kind}: ERROR: <input>:1:${text}\n`;
    const [first, ...more] = (await statusOf('misfits', spec))?.typeChecking?.expressionWarnings ?? [];
    expect(first).toEqual({
      fieldRef: 'spec.validations[0].expression',
      warning: ['Deployment', 'ReplicaSet']
        .map((kind) =>
          at(
            kind,
            `22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > "1"\n | .....................^`,
          ),
        )
        .join('\n'),
    });
    expect(more).toEqual([
      {
        fieldRef: 'spec.validations[1].expression',
        warning: at('ReplicaSet', "12: undefined field 'paused'\n | object.spec.paused == true\n | ...........^"),
      },
      { fieldRef: 'spec.validations[1].messageExpression', warning: expect.stringContaining("undefined field 'nope'") },
    ]);
  });

  test('of custom resources and their parameters', async () => {
    const spec = {
      paramKind: { apiVersion: `${group}/v1`, kind: 'Limit' },
      matchConstraints: { resourceRules: [ruleFor('widgets', ['*'], group)] },
      validations: [
        { expression: 'object == null || (object.spec.size <= params.spec.max && object.metadata.labels.a == "b")' },
        { expression: 'object.spec.sise <= params.spec.max' },
        { expression: 'object.spec.size <= params.spec.maximum' },
      ],
    };
    const warnings = (await statusOf('custom', spec))?.typeChecking?.expressionWarnings ?? [];
    expect(warnings.map(({ fieldRef, warning }) => `${fieldRef}: ${warning.split('\n')[0]}`)).toEqual([
      `spec.validations[1].expression: ${group}/v1, Kind=Widget: ERROR: <input>:1:12: undefined field 'sise'`,
      `spec.validations[2].expression: ${group}/v1, Kind=Widget: ERROR: <input>:1:32: undefined field 'maximum'`,
    ]);
  });
});
