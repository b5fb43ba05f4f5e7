/**
 * CustomResourceDefinition: a kind that is served because somebody said so. What follows from it is in `apiserver/crd/`.
 *
 * Upstream: apiextensions-apiserver/pkg/registry/customresourcedefinition, pkg/apis/apiextensions/v1/defaults.go
 */
import { type CustomResourceDefinition, cleanupFinalizer } from '../custom-resource-definition.ts';
import type { Kind } from '../kind.ts';
import { rfc3339, withCondition } from '../meta.ts';
import { pruneNestedSchemas } from '../structural/nested-schemas.ts';
import { validateDefinition, validateDefinitionStatus } from '../validation/custom-resource-definition.ts';
import { nameColumn } from './columns.ts';

export const customresourcedefinitions: Kind<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  namespaced: false,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  storagePrefix: 'apiextensions.k8s.io/customresourcedefinitions',
  status: true,
  versionedUpdate: true,
  plainFinalizers: true,
  setDefaults: (definition) => {
    definition.spec ??= { group: '', names: { plural: '', kind: '' }, scope: '', versions: [] };
    const { spec } = definition;
    spec.names ??= { plural: '', kind: '' };
    const { names } = spec;
    names.singular ||= (names.kind ?? '').toLowerCase();
    names.listKind ||= names.kind ? `${names.kind}List` : '';
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
    for (const { schema } of spec.versions) if (schema?.openAPIV3Schema) pruneNestedSchemas(schema.openAPIV3Schema);
  },
  validate: validateDefinition,
  validateStatus: validateDefinitionStatus,
  strategy: {
    prepareForCreate: (definition) => {
      definition.status = {};
      rememberStorageVersion(definition);
    },
    prepareForUpdate: (definition, old) => {
      definition.status = structuredClone(old.status ?? {});
      rememberStorageVersion(definition);
    },
    prepareForDelete: (definition) => {
      const { metadata, status } = definition;
      metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), cleanupFinalizer])];
      const pending = {
        type: 'Terminating',
        status: 'True',
        reason: 'InstanceDeletionPending',
        message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
      };
      definition.status = { ...status, conditions: withCondition(status?.conditions, pending, rfc3339()) };
    },
  },
  // What it defines goes first, so no definition goes at once.
  finalizers: ({ metadata }) => (metadata.deletionTimestamp === undefined ? [cleanupFinalizer] : []),
  columns: [
    nameColumn,
    {
      name: 'Created At',
      type: 'date',
      description: 'When the definition was created, by the server’s clock.',
      cell: ({ metadata }) => metadata.creationTimestamp ?? '',
    },
  ],
};

/** Objects may be in the store in every version that has ever been the one to store. */
function rememberStorageVersion({ spec, status }: CustomResourceDefinition): void {
  const storage = spec.versions.find((version) => version.storage)?.name;
  if (!status || storage === undefined || status.storedVersions?.includes(storage)) return;
  status.storedVersions = [...(status.storedVersions ?? []), storage];
}
