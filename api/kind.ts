/**
 * What a kind is: one declaration with everything that the rest of the project needs to know about it. The registry,
 * discovery, validation, tables and the client are generic over this; no code elsewhere switches on a kind's name.
 *
 * A kind lives in one file, `api/kinds/NOUN.ts`, which exports its declaration; `api/kinds/all.ts` lists them.
 *
 * Upstream: k8s.io/kubernetes/pkg/registry/ (strategies), pkg/printers/internalversion (columns), pkg/apis/ (defaults, validation).
 */
import type { FieldError } from './errors.ts';
import type { Schemas } from './openapi-types.ts';
import type { KubeObject, LabelSelector } from './types.ts';

/** How a kind is addressed on the wire; all that a client needs. The type parameter is the object's type. */
export interface ResourceName<T extends KubeObject = KubeObject> {
  /** API group; the empty string is the core group. */
  group: string;
  version: string;
  kind: string;
  /** Lower-case plural, the last part of the URL. */
  plural: string;
  namespaced: boolean;
  /** Never set; carries the object's type. */
  readonly object?: T;
}

/** One column of a server-printed table. Priority 0 is always shown, 1 only by `-o wide`. */
export interface Column<T> {
  name: string;
  type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  /** OpenAPI format; `name` marks the column that identifies the row. */
  format?: string;
  description: string;
  priority?: number;
  /** `now` in milliseconds since the epoch, for ages. */
  cell(object: T, now: number): string | number | boolean | null;
}

/** What the rules of a write may look at besides the objects themselves. */
export interface WriteContext {
  /** RFC 3339, seconds. */
  now: string;
  /** Who writes. */
  user: { name: string; uid?: string; groups: readonly string[]; extra?: Record<string, string[]> };
}

/** The rules of a write: which part of the object a caller may change, and what the server sets. */
export interface Strategy<T> {
  /** Changes the new object in place before validation: clears what the caller may not set, sets initial status. */
  prepareForCreate?(object: T, context: WriteContext): void;
  /** The same for an update of the main resource; `old` is what is stored. */
  prepareForUpdate?(object: T, old: T, context: WriteContext): void;
  /** The same for an update of `/status`; spec and most metadata have been restored from `old` already. */
  prepareForStatusUpdate?(object: T, old: T, context: WriteContext): void;
  /** Changes an object that is marked as being deleted, and stays until its finalizers are done. */
  prepareForDelete?(object: T): void;
}

/** The rules of a subresource that is the whole object, of which one part can be changed through it. */
export interface Part<T> {
  /** Restores everything else from `old`. Changes the object in place, before validation. */
  prepareForUpdate(object: T, old: T, context: WriteContext): void;
  validate(object: T, old: T): FieldError[];
}

export interface Kind<T extends KubeObject = KubeObject> extends ResourceName<T> {
  /** Kubernetes' schema name: `io.k8s.api.core.v1.Pod`. */
  schema: string;
  singular: string;
  shortNames?: string[];
  categories?: string[];
  /** What a name must be; Kubernetes' default is a DNS-1123 subdomain. */
  nameRule?: 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';
  /** Finalizers may be any qualified names; Kubernetes' own kinds want a domain in front. */
  plainFinalizers?: true;
  /** Set on a version in which objects are not stored: the kind that is, and the way there and back. Neither changes its argument. */
  storedAs?: { kind: ResourceName; toStored(object: T): KubeObject; fromStored(stored: KubeObject): T };
  /** Objects are made for an answer, or are orders, and never stored: these verbs, which the apiserver implements by name. */
  unstored?: { verbs: readonly string[] };
  /** Where its objects are stored, below `/registry/`, when that is not the plural: `minions`, `services/specs`. */
  storagePrefix?: string;
  /** Seconds after which the store forgets an object: an hour for events. */
  ttlSeconds?: number;
  /**
   * Whether objects have a `metadata.generation`, and which field's change raises it: `spec` for `true`, any but the
   * metadata for `all`. Default true when the schema has `spec`.
   */
  generation?: boolean | 'template' | 'all';
  /** A PUT to a name that is not there creates the object. */
  createOnUpdate?: true;
  /** An update must say which version of the object it changes, in `metadata.resourceVersion`. */
  versionedUpdate?: true;
  /** False where a whole collection cannot be deleted by one request. */
  deleteCollection?: false;
  /** Components for OpenAPI of that version that are not in the derived schema: `schema` and its list among them. */
  openApi?(version: 2 | 3): Schemas;
  /** Every request for this version is answered with this warning. */
  deprecation?: string;
  /** Nothing is created any more, because the kind itself is going away. */
  terminating?: true;
  /** The kind of a list of its objects, when that is not `KINDList`. */
  listKind?: string;
  /** A write is answered once the server that has taken it acts by it: what says who may do what counts at once. */
  countsAtOnce?: true;
  /** Objects are stored and served, and nothing acts on them yet: every write is answered with a warning that says so. */
  inert?: true;
  /** A delete that does not say what becomes of the dependents leaves them, with a warning if there is a text for it. */
  orphansByDefault?: { warning?: string };
  /** Served subresources that the generic machinery implements. */
  status?: boolean;
  scale?: ScalePaths<T>;
  /** Subresources besides status that are the object itself: `approval` of a CertificateSigningRequest. */
  parts?: Record<string, Part<T>>;
  /** Other subresources, which the apiserver implements by name: `pods/log`, `pods/binding`. Listed for discovery. */
  subresources?: Record<string, { kind: string; group?: string; version?: string; verbs: string[] }>;
  /** Sets the values that Kubernetes sets when a field is absent. Changes the object in place; idempotent. */
  setDefaults?(object: T): void;
  /** Everything that the schema alone cannot say. `old` is present on an update. */
  validate?(object: T, old: T | undefined): FieldError[];
  /** Validation of an update through `/status`. */
  validateStatus?(object: T, old: T): FieldError[];
  strategy?: Strategy<T>;
  /** Extra field selectors beyond metadata.name and metadata.namespace: label to the value it selects by. */
  fieldSelectors?: Record<string, (object: T) => string>;
  /** Without columns of its own a kind prints Name and Age. */
  columns?: Column<T>[];
  /** The order in which a table lists objects, when that is not by name. */
  tableOrder?(a: T, b: T): number;
  /** Finalizers that it keeps outside of its metadata: `spec.finalizers` of a Namespace. */
  finalizers?(object: T): string[];
  /** Seconds that a delete waits unless it asks for others. 0: never waits. Undefined: knows no grace period. */
  gracePeriod?(object: T): number | undefined;
}

/** Where a scalable kind keeps its numbers, as paths from the object's root, and its selector. */
export interface ScalePaths<T> {
  specReplicas: string[];
  statusReplicas: string[];
  /** What finds its pods, or the text of that, which goes to `status.selector`. */
  selector(object: T): LabelSelector | string | undefined;
}

/** `apps/v1`, or `v1` in the core group. */
export const apiVersionOf = (r: { group: string; version: string }): string =>
  r.group ? `${r.group}/${r.version}` : r.version;

/** `apis/apps/v1`, or `api/v1` in the core group: where its resources are served. */
export const pathOfGroupVersion = (r: { group: string; version: string }): string =>
  r.group ? `apis/${r.group}/${r.version}` : `api/${r.version}`;
