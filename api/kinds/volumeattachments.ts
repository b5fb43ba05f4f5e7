/**
 * VolumeAttachment: that a volume is to be attached to a node, and whether it is.
 * Upstream: pkg/registry/storage/volumeattachment/strategy.go, pkg/printers/internalversion (printVolumeAttachment)
 */
import type { Kind } from '../kind.ts';
import type { VolumeAttachment } from '../types.ts';
import {
  validateAttachmentSpec,
  validateAttachmentStatus,
  validateAttachmentUpdate,
} from '../validation/volume-attachment.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const volumeattachments: Kind<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  generation: false,
  versionedUpdate: true,
  status: true,
  inert: true,
  validate: ({ spec }, old) => [
    ...validateAttachmentSpec('spec', spec ?? {}),
    ...(old ? validateAttachmentUpdate('spec', spec, old.spec) : []),
  ],
  validateStatus: ({ status }) => validateAttachmentStatus('status', status),
  strategy: {
    prepareForCreate: (attachment) => {
      attachment.status = { attached: false };
    },
    prepareForUpdate: (attachment, old) => {
      attachment.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Attacher',
      type: 'string',
      format: 'name',
      description: 'The driver that attaches it.',
      cell: ({ spec }) => spec?.attacher ?? '',
    },
    {
      name: 'PV',
      type: 'string',
      description: 'The volume, if it is a PersistentVolume.',
      cell: ({ spec }) => spec?.source?.persistentVolumeName ?? '',
    },
    { name: 'Node', type: 'string', description: 'The node it goes to.', cell: ({ spec }) => spec?.nodeName ?? '' },
    {
      name: 'Attached',
      type: 'boolean',
      description: 'Whether it is there.',
      cell: ({ status }) => status?.attached ?? false,
    },
    ageColumn,
  ],
};
