/**
 * CustomResourceDefinition as it is on the wire. The client package's type has other names for the extensions of schemas.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go, pkg/apihelpers
 */
import type { JsonSchema } from './structural/json-schema.ts';
import type { KubeObject } from './types.ts';

export interface CustomResourceDefinition extends KubeObject {
  spec: CustomResourceDefinitionSpec;
  status?: CustomResourceDefinitionStatus;
}

export interface CustomResourceDefinitionSpec {
  group: string;
  names: DefinitionNames;
  scope: string;
  versions: DefinitionVersion[];
  conversion?: Conversion;
  preserveUnknownFields?: boolean;
}

export interface DefinitionNames {
  plural: string;
  singular?: string;
  shortNames?: string[];
  kind: string;
  listKind?: string;
  categories?: string[];
}

export interface DefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: JsonSchema };
  subresources?: { status?: object; scale?: ScaleSubresource };
  additionalPrinterColumns?: PrinterColumn[];
  selectableFields?: { jsonPath: string }[];
}

export interface ScaleSubresource {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface PrinterColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

export interface Conversion {
  strategy: string;
  webhook?: { clientConfig?: WebhookClientConfig; conversionReviewVersions: string[] };
}

export interface WebhookClientConfig {
  url?: string;
  service?: { namespace: string; name: string; path?: string; port?: number };
  /** PEM, in base64. */
  caBundle?: string;
}

export interface CustomResourceDefinitionStatus {
  conditions?: DefinitionCondition[];
  acceptedNames?: DefinitionNames;
  storedVersions?: string[];
}

export interface DefinitionCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** Keeps a definition until the objects that it defines are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const approvedAnnotation = 'api-approved.kubernetes.io';

/** Groups whose definitions need an approval, because they look as if Kubernetes itself had made them. */
export const isProtectedGroup = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group);

export interface Approval {
  state: 'approved' | 'bypassed' | 'missing' | 'invalid';
  reason: string;
}

/** What the annotation says of a definition in a protected group. */
export function approvalOf(annotations: Record<string, string> | undefined): Approval {
  const annotation = annotations?.[approvedAnnotation] ?? '';
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  const must = `protected groups must have approval annotation "${approvedAnnotation}"`;
  if (annotation === '') return { state: 'missing', reason: `${must}, ${see}` };
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(annotation) && URL.canParse(annotation)) {
    return { state: 'approved', reason: `approved in ${annotation}` };
  }
  if (annotation.startsWith('unapproved'))
    return { state: 'bypassed', reason: `not approved: ${JSON.stringify(annotation)}` };
  return { state: 'invalid', reason: `${must} with either a URL or a reason starting with "unapproved", ${see}` };
}
