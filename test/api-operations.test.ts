/** The API of kinds that do no more here than to be stored: rows of the conformance list, on an apiserver on our store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatesigningrequests } from '../api/kinds/certificatesigningrequests.ts';
import { csidrivers } from '../api/kinds/csidrivers.ts';
import { csinodes } from '../api/kinds/csinodes.ts';
import { csistoragecapacities } from '../api/kinds/csistoragecapacities.ts';
import { flowschemas } from '../api/kinds/flowschemas.ts';
import { mutatingadmissionpolicies } from '../api/kinds/mutatingadmissionpolicies.ts';
import { mutatingadmissionpolicybindings } from '../api/kinds/mutatingadmissionpolicybindings.ts';
import { mutatingwebhookconfigurations } from '../api/kinds/mutatingwebhookconfigurations.ts';
import { pods } from '../api/kinds/pods.ts';
import { prioritylevelconfigurations } from '../api/kinds/prioritylevelconfigurations.ts';
import { storageclasses } from '../api/kinds/storageclasses.ts';
import { validatingadmissionpolicies } from '../api/kinds/validatingadmissionpolicies.ts';
import { validatingadmissionpolicybindings } from '../api/kinds/validatingadmissionpolicybindings.ts';
import { validatingwebhookconfigurations } from '../api/kinds/validatingwebhookconfigurations.ts';
import { volumeattachments } from '../api/kinds/volumeattachments.ts';
import { volumeattributesclasses } from '../api/kinds/volumeattributesclasses.ts';
import type { CertificateSigningRequest, Pod, VolumeAttachment } from '../api/types.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { exampleOf } from './harness/example-objects.ts';
import { expectOperations, type Operations } from './harness/operations.ts';

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25101);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const contentOf = (kind: unknown): object => exampleOf(kind as never).content;
const statusOf = (...conditions: object[]) => ({ status: { conditions } });
const changed = { lastTransitionTime: '2024-01-01T00:00:00Z' };

type Row = [name: string, kind: unknown, operations?: Partial<Operations>];

describe('everything that can be done with a kind', () => {
  test.each<Row>([
    [
      'conformance: Priority and Fairness FlowSchema API',
      flowschemas,
      {
        change: { spec: { priorityLevelConfiguration: { name: 'workload-low' }, matchingPrecedence: 8888 } },
        parts: {
          status: [
            statusOf({ type: 'Dangling', status: 'False', reason: 'Patched', message: '' }),
            statusOf({ type: 'Dangling', status: 'False', reason: 'Updated', message: '' }),
          ],
        },
      },
    ],
    [
      'conformance: Priority and Fairness PriorityLevelConfiguration API',
      prioritylevelconfigurations,
      {
        change: {
          spec: {
            type: 'Limited',
            limited: { nominalConcurrencyShares: 4, lendablePercent: 0, limitResponse: { type: 'Reject' } },
          },
        },
        parts: {
          status: [
            statusOf({ type: 'Tested', status: 'False', reason: 'Patched', message: '' }),
            statusOf({ type: 'Tested', status: 'False', reason: 'Updated', message: '' }),
          ],
        },
      },
    ],
    ['conformance: MutatingAdmissionPolicy API', mutatingadmissionpolicies],
    ['conformance: MutatingAdmissionPolicyBinding API', mutatingadmissionpolicybindings],
    [
      'conformance: ValidatingAdmissionPolicy API',
      validatingadmissionpolicies,
      {
        parts: {
          status: [
            statusOf({ type: 'Patched', status: 'True', reason: 'Tested', message: '', ...changed }),
            statusOf({ type: 'Updated', status: 'True', reason: 'Tested', message: '', ...changed }),
          ],
        },
      },
    ],
    [
      'conformance: ValidatingadmissionPolicyBinding API',
      validatingadmissionpolicybindings,
      { change: { spec: { policyName: 'other', validationActions: ['Warn'] } } },
    ],
    [
      'conformance: CertificateSigningRequest API',
      certificatesigningrequests,
      {
        parts: {
          approval: [
            statusOf({ type: 'ApprovalPatch', status: 'True', reason: 'ApprovalPatch' }),
            statusOf({ type: 'Approved', status: 'True', reason: 'ApprovalUpdate' }),
          ],
          status: [
            statusOf(
              { type: 'Approved', status: 'True' },
              { type: 'StatusPatch', status: 'True', reason: 'StatusPatch' },
            ),
            statusOf({ type: 'Approved', status: 'True' }, { type: 'StatusUpdate', status: 'True' }),
          ],
        },
      },
    ],
    ['conformance: CSIDriver, lifecycle', csidrivers, { change: { spec: { requiresRepublish: true } } }],
    [
      'conformance: CSINode, lifecycle',
      csinodes,
      { change: { spec: { drivers: [{ name: 'other.example.com', nodeID: 'n1', allocatable: { count: 10 } }] } } },
    ],
    ['conformance: CSIStorageCapacity API', csistoragecapacities, { change: { capacity: '10Gi' } }],
    ['conformance: StorageClass, lifecycle', storageclasses, { change: { allowVolumeExpansion: true } }],
    ['conformance: VolumeAttachment, lifecycle', volumeattachments],
    ['conformance: VolumeAttributesClass, lifecycle', volumeattributesclasses],
    [
      'conformance: Mutating Admission webhook, create and update mutating webhook configuration with matchConditions',
      mutatingwebhookconfigurations,
      { content: withCondition('object.metadata.name != "a"'), change: withCondition('object.metadata.name == "b"') },
    ],
    [
      'conformance: Validating Admission webhook, create and update validating webhook configuration with matchConditions',
      validatingwebhookconfigurations,
      { content: withCondition('object.metadata.name != "a"'), change: withCondition('object.metadata.name == "b"') },
    ],
  ])('%s', async (_, kind, operations) => expectOperations(server, kind, { content: contentOf(kind), ...operations }));
});

function withCondition(expression: string): { webhooks: object[] } {
  const { webhooks } = contentOf(validatingwebhookconfigurations) as { webhooks: [object] };
  return { webhooks: [{ ...webhooks[0], matchConditions: [{ name: 'has-a-condition', expression }] }] };
}

test.each([
  [
    'conformance: Mutating Admission webhook, reject mutating webhook configurations with invalid matchConditions',
    mutatingwebhookconfigurations,
  ],
  [
    'conformance: Validing Admission webhook, reject validating webhook configurations with invalid matchConditions',
    validatingwebhookconfigurations,
  ],
])('%s', async (_, kind) => {
  const client = server.client().of(kind as typeof validatingwebhookconfigurations);
  const refused = client.create({ metadata: { name: 'bad' }, ...withCondition('... [] bad expression') } as never);
  await expect(refused).rejects.toMatchObject({
    code: 422,
    message: expect.stringContaining(
      'webhooks[0].matchConditions[0].expression: Invalid value: "... [] bad expression"',
    ),
  });
  await expect(refused).rejects.toThrow('compilation failed');
});

test('conformance: Admission webhook, discovery document', async () => {
  const read = async (path: string) => JSON.parse((await server.raw(path)).text) as unknown;
  const group = 'admissionregistration.k8s.io';
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  const document = { name: group, versions: expect.arrayContaining([version]), preferredVersion: version };
  expect(await read('/apis')).toMatchObject({ groups: expect.arrayContaining([expect.objectContaining(document)]) });
  expect(await read(`/apis/${group}`)).toMatchObject(document);
  const names = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];
  expect(await read(`/apis/${group}/v1`)).toMatchObject({
    resources: expect.arrayContaining(names.map((name) => expect.objectContaining({ name }))),
  });
});

test('conformance: VolumeAttachment, apply changes to a volumeattachment status', async () => {
  const client = server.client().of(volumeattachments);
  const sent = { metadata: { name: 'attached' }, ...contentOf(volumeattachments), status: { attached: true } };
  expect((await client.create(sent as VolumeAttachment)).status).toEqual({ attached: false });
  const patched = await client.patch('attached', undefined, { status: { attached: true } }, { subresource: 'status' });
  expect(patched.status).toEqual({ attached: true });
  const updated = await client.updateStatus({ ...patched, status: { attached: false } });
  expect(updated.status).toEqual({ attached: false });
  await client.delete('attached');
});

test('conformance: CSIInlineVolumes should support Pods with inline volumes', async () => {
  const driver = 'inline.example.com';
  const drivers = server.client().of(csidrivers);
  await drivers.create({ metadata: { name: driver }, spec: { volumeLifecycleModes: ['Ephemeral'] } });
  const client = server.client().of(pods);
  const volume = { name: 'data', csi: { driver, volumeAttributes: { size: '1Gi' } } };
  const pod = {
    metadata: { name: 'inline', namespace: 'default', labels: { inline: 'true' } },
    spec: { containers: [{ name: 'a', image: 'busybox:1.35' }], volumes: [volume] },
  };
  expect((await client.create(pod as Pod)).spec?.volumes).toContainEqual(volume);
  const selected = { namespace: 'default', labelSelector: 'inline=true' };
  expect((await client.list(selected)).items.map(({ metadata }) => metadata.name)).toEqual(['inline']);
  const patch = { metadata: { labels: { patched: 'true' } } };
  expect((await client.patch('inline', 'default', patch)).metadata.labels).toMatchObject({ patched: 'true' });
  await client.deleteCollection(selected);
  expect((await client.list(selected)).items).toEqual([]);
  await drivers.delete(driver);
});

test('a certificate request is its caller’s, approved by one and signed by another', async () => {
  const content = contentOf(certificatesigningrequests) as Pick<CertificateSigningRequest, 'spec'>;
  const client = server.client().of(certificatesigningrequests);
  const claimed = { ...content.spec, username: 'root', groups: ['system:masters'], extra: { a: ['b'] } };
  const { spec } = await client.create({ metadata: { name: 'mine' }, spec: claimed } as CertificateSigningRequest);
  expect(spec).toEqual({
    ...content.spec,
    username: 'kubernetes-admin',
    groups: ['system:masters', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
  });
  const conditions = [{ type: 'Approved', status: 'True' }];
  await client.patch('mine', undefined, { status: { conditions } }, { subresource: 'status' });
  expect((await client.get('mine')).status).toEqual({});
  await client.patch('mine', undefined, { status: { conditions } }, { subresource: 'approval' });
  const denied = client.patch('mine', undefined, { status: { conditions: [] } }, { subresource: 'approval' });
  await expect(denied).rejects.toMatchObject({
    code: 422,
    message: expect.stringContaining('may not remove a condition'),
  });
  const { items } = await client.list({ fieldSelector: 'spec.signerName=example.com/signer' });
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['mine']);
  const again = await client.patch('mine', undefined, { spec: { usages: ['any'] }, status: null });
  expect(again).toMatchObject({ spec: { usages: ['client auth'] }, status: { conditions } });
  await client.delete('mine');
});
