/**
 * The shape of every API object, as it travels in JSON.
 *
 * Types come from the Kubernetes client package by `import type` only, so nothing of it is loaded at run time. That
 * package declares times as `Date` and puts an underscore before names that are reserved words; on the wire, and
 * everywhere in this project, times are RFC 3339 strings and names are as Kubernetes has them.
 */
import type * as k8s from '@kubernetes/client-node';

/** `T` as JSON carries it. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer U)[]
    ? Json<U>[]
    : T extends object
      ? { [K in keyof T as K extends `_${infer Name}` ? Name : K]: Json<T[K]> }
      : T;

export type ObjectMeta = Json<k8s.V1ObjectMeta>;
export type ListMeta = Json<k8s.V1ListMeta>;
export type OwnerReference = Json<k8s.V1OwnerReference>;
export type LabelSelector = Json<k8s.V1LabelSelector>;

/** Any API object: what the generic machinery may assume of it. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** An object type of the client package, as this project handles it: JSON values, and metadata always present. */
type Resource<T> = Omit<Json<T>, 'metadata'> & KubeObject;

export type Pod = Resource<k8s.V1Pod>;
export type PodSpec = Json<k8s.V1PodSpec>;
export type PodStatus = Json<k8s.V1PodStatus>;
export type PodCondition = Json<k8s.V1PodCondition>;
export type PodTemplateSpec = Json<k8s.V1PodTemplateSpec>;
export type Container = Json<k8s.V1Container>;
export type ContainerStatus = Json<k8s.V1ContainerStatus>;
export type ContainerState = Json<k8s.V1ContainerState>;
export type EnvVar = Json<k8s.V1EnvVar>;
export type Volume = Json<k8s.V1Volume>;
export type Probe = Json<k8s.V1Probe>;
export type Toleration = Json<k8s.V1Toleration>;
export type NodeSelector = Json<k8s.V1NodeSelector>;
export type Taint = Json<k8s.V1Taint>;
export type Node = Resource<k8s.V1Node>;
export type NodeCondition = Json<k8s.V1NodeCondition>;
export type Namespace = Resource<k8s.V1Namespace>;
export type ConfigMap = Resource<k8s.V1ConfigMap>;
export type Secret = Resource<k8s.V1Secret>;
export type Service = Resource<k8s.V1Service>;
export type ServicePort = Json<k8s.V1ServicePort>;
export type Endpoints = Resource<k8s.V1Endpoints>;
export type EndpointSlice = Resource<k8s.V1EndpointSlice>;
export type Endpoint = Json<k8s.V1Endpoint>;
export type Event = Resource<k8s.CoreV1Event>;
export type EventsEvent = Resource<k8s.EventsV1Event>;
export type ServiceAccount = Resource<k8s.V1ServiceAccount>;
export type ReplicaSet = Resource<k8s.V1ReplicaSet>;
export type Deployment = Resource<k8s.V1Deployment>;
export type StatefulSet = Resource<k8s.V1StatefulSet>;
export type DaemonSet = Resource<k8s.V1DaemonSet>;
export type ControllerRevision = Resource<k8s.V1ControllerRevision>;
export type ReplicationController = Resource<k8s.V1ReplicationController>;
export type PodTemplate = Resource<k8s.V1PodTemplate>;
export type PersistentVolume = Resource<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = Resource<k8s.V1PersistentVolumeClaim>;
export type LimitRange = Resource<k8s.V1LimitRange>;
export type ResourceQuota = Resource<k8s.V1ResourceQuota>;
export type PodDisruptionBudget = Resource<k8s.V1PodDisruptionBudget>;
export type PriorityClass = Resource<k8s.V1PriorityClass>;
export type StorageClass = Resource<k8s.V1StorageClass>;
export type Ingress = Resource<k8s.V1Ingress>;
export type IngressClass = Resource<k8s.V1IngressClass>;
export type NetworkPolicy = Resource<k8s.V1NetworkPolicy>;
export type RuntimeClass = Resource<k8s.V1RuntimeClass>;
export type Job = Resource<k8s.V1Job>;
export type JobSpec = Json<k8s.V1JobSpec>;
export type CronJob = Resource<k8s.V1CronJob>;
export type Scale = Resource<k8s.V1Scale>;
export type Lease = Resource<k8s.V1Lease>;
export type Binding = Resource<k8s.V1Binding>;
export type HorizontalPodAutoscaler = Resource<k8s.V2HorizontalPodAutoscaler>;
export type HorizontalPodAutoscalerV1 = Resource<k8s.V1HorizontalPodAutoscaler>;
export type IPAddress = Resource<k8s.V1IPAddress>;
export type ServiceCIDR = Resource<k8s.V1ServiceCIDR>;
export type ResourceClaim = Resource<k8s.ResourceV1ResourceClaim>;
export type ResourceClaimTemplate = Resource<k8s.V1ResourceClaimTemplate>;
export type ResourceSlice = Resource<k8s.V1ResourceSlice>;
export type DeviceClass = Resource<k8s.V1DeviceClass>;
export type APIService = Resource<k8s.V1APIService>;
export type TokenReview = Resource<k8s.V1TokenReview>;
export type SelfSubjectReview = Resource<k8s.V1SelfSubjectReview>;
export type UserInfo = k8s.V1UserInfo;
export type ComponentStatus = Resource<k8s.V1ComponentStatus>;
export type Role = Resource<k8s.V1Role>;
export type ClusterRole = Resource<k8s.V1ClusterRole>;
export type PolicyRule = Json<k8s.V1PolicyRule>;
export type RoleBinding = Resource<k8s.V1RoleBinding>;
export type ClusterRoleBinding = Resource<k8s.V1ClusterRoleBinding>;
export type RoleRef = Json<k8s.V1RoleRef>;
export type RoleSubject = Json<k8s.RbacV1Subject>;
export type SubjectAccessReview = Resource<k8s.V1SubjectAccessReview>;
export type SelfSubjectAccessReview = Resource<k8s.V1SelfSubjectAccessReview>;
export type LocalSubjectAccessReview = Resource<k8s.V1LocalSubjectAccessReview>;
export type SelfSubjectRulesReview = Resource<k8s.V1SelfSubjectRulesReview>;
export type AccessReviewSpec = Json<k8s.V1SubjectAccessReviewSpec>;
export type AccessReviewStatus = Json<k8s.V1SubjectAccessReviewStatus>;
export type ResourceAttributes = Json<k8s.V1ResourceAttributes>;
export type CSIDriver = Resource<k8s.V1CSIDriver>;
export type CSINode = Resource<k8s.V1CSINode>;
export type CSIStorageCapacity = Resource<k8s.V1CSIStorageCapacity>;
export type VolumeAttachment = Resource<k8s.V1VolumeAttachment>;
export type VolumeAttributesClass = Resource<k8s.V1VolumeAttributesClass>;
export type CertificateSigningRequest = Resource<k8s.V1CertificateSigningRequest>;
export type ValidatingWebhookConfiguration = Resource<k8s.V1ValidatingWebhookConfiguration>;
export type MutatingWebhookConfiguration = Resource<k8s.V1MutatingWebhookConfiguration>;
export type ValidatingAdmissionPolicy = Resource<k8s.V1ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Resource<k8s.V1ValidatingAdmissionPolicyBinding>;
export type MutatingAdmissionPolicy = Resource<k8s.V1MutatingAdmissionPolicy>;
export type MutatingAdmissionPolicyBinding = Resource<k8s.V1MutatingAdmissionPolicyBinding>;
export type FlowSchema = Resource<k8s.V1FlowSchema>;
export type PriorityLevelConfiguration = Resource<k8s.V1PriorityLevelConfiguration>;

/** A list of objects, as the API answers it. */
export interface List<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: ListMeta;
  items: T[];
}

/** One line of a watch stream. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }
  | { type: 'ERROR'; object: Status };

/** The answer to a request that failed, or that returns no object. Upstream: apimachinery/pkg/apis/meta/v1 Status. */
export interface Status {
  apiVersion: 'v1';
  kind: 'Status';
  metadata: ListMeta;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: { reason?: string; message?: string; field?: string }[];
  retryAfterSeconds?: number;
}
