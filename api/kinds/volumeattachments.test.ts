import { expect, test } from 'vitest';
import { volumeattachments } from './volumeattachments.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const attachment = (spec: object = {}) => ({
  spec: { attacher: 'example.com', nodeName: 'n', source: { persistentVolumeName: 'v' }, ...spec },
});
const csi = { driver: 'example.com', volumeHandle: 'h' };
const inline = (volume: object = {}) =>
  attachment({ source: { inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], csi, ...volume } } });
const at = 'spec.source.inlineVolumeSpec';

test('starts detached, whatever status was sent', () => {
  expect(created(volumeattachments, { ...attachment(), status: { attached: true } })['status']).toEqual({
    attached: false,
  });
});

test.each<[object, string | undefined]>([
  [attachment(), undefined],
  [inline(), undefined],
  [attachment({ attacher: '' }), 'spec.attacher: Required value'],
  [attachment({ attacher: 'a b' }), 'spec.attacher: Invalid value: "a b": a lowercase RFC 1123 subdomain'],
  [attachment({ nodeName: '' }), 'spec.nodeName: Invalid value: "": a lowercase RFC 1123 subdomain'],
  [
    attachment({ source: {} }),
    'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ],
  [
    attachment({ source: { persistentVolumeName: 'v', inlineVolumeSpec: {} } }),
    'spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ],
  [
    attachment({ source: { persistentVolumeName: '' } }),
    'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
  ],
  [inline({ csi: undefined }), `${at}.csi: Required value: has to be specified in the context of inline volumes`],
  [inline({ accessModes: [] }), `${at}.accessModes: Required value`],
  [
    inline({ capacity: { storage: '1Gi' } }),
    `${at}.capacity: Forbidden: may not be specified in the context of inline volumes`,
  ],
  [
    inline({ persistentVolumeReclaimPolicy: 'Delete' }),
    `${at}.persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes`,
  ],
  [inline({ volumeMode: 'Block' }), `${at}.volumeMode: Forbidden: may not specify volumeMode other than Filesystem`],
])('%# %j: %s', (object, error) => expectErrors(createErrors(volumeattachments, object), error));

test('its spec stays', () => {
  const errors = updateErrors(volumeattachments, attachment(), attachment({ nodeName: 'other' }));
  expect(errors).toEqual([expect.stringMatching(/^spec: Invalid value: \{.*"other".*\}: field is immutable$/)]);
});

test.each<[object, string | undefined]>([
  [{ attached: true, attachmentMetadata: { device: 'sda' } }, undefined],
  [{ attachmentMetadata: { a: 'x'.repeat(262144) } }, 'status.attachmentMetadata: Too long'],
  [{ attachError: { message: 'x'.repeat(1025) } }, 'status.attachError.message: Too long'],
  [{ detachError: { errorCode: -1 } }, 'status.detachError.errorCode: Invalid value: -1: must be between 0 and'],
])('%# a status of %j: %s', (status, error) =>
  expectErrors(statusErrors(volumeattachments, attachment(), status), error),
);

test('prints', () => {
  expect(cellsOf(volumeattachments, { ...attachment(), status: { attached: true } })).toMatchObject({
    Attacher: 'example.com',
    PV: 'v',
    Node: 'n',
    Attached: true,
  });
});
