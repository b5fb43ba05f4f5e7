/**
 * Derives `api/schema.json` (each type's fields) and `api/schema-descriptions.json` (their documentation) from the
 * Kubernetes client package. Runs at `npm ci`; both files are ignored by git. Read them through `api/schema.ts`.
 *
 * The package's models are generated from Kubernetes' OpenAPI document and keep, for each type, an attribute table
 * (name, type, format) in the `.js` and optionality and descriptions in the `.d.ts`. What they lose is restored here:
 * the full OpenAPI name (from the API class that serves a type, or from the types that refer to it) and which strings
 * are quantities. Types that only alpha and beta versions use are left out; Kubernetes does not serve those by default.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const gen = new URL('node_modules/@kubernetes/client-node/dist/gen/', root);
const read = (path: string): string => readFileSync(new URL(path, gen), 'utf8');

/** The Go package of an API group, in the form that OpenAPI names have. */
function packageOf(group: string, version: string): string {
  if (group === 'apiextensions.k8s.io') return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}`;
  if (group === 'apiregistration.k8s.io') return `io.k8s.kube-aggregator.pkg.apis.apiregistration.${version}`;
  return `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.${version}`;
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Types whose package cannot be told from who refers to them: those that belong to all, and those that others serve. */
const packages: Record<string, string[]> = {
  [meta]: [
    ...['APIGroup', 'APIGroupList', 'APIResource', 'APIResourceList', 'APIVersions', 'Condition', 'DeleteOptions'],
    ...['FieldSelectorRequirement', 'GroupVersionForDiscovery', 'LabelSelector', 'LabelSelectorRequirement'],
    ...['ListMeta', 'ManagedFieldsEntry', 'ObjectMeta', 'OwnerReference', 'Preconditions'],
    ...['ServerAddressByClientCIDR', 'ShardInfo', 'Status', 'StatusCause', 'StatusDetails', 'WatchEvent'],
  ],
  'io.k8s.api.core.v1': ['TopologySelectorLabelRequirement', 'TopologySelectorTerm'],
  'io.k8s.api.authentication.v1': ['TokenRequestSpec', 'TokenRequestStatus', 'BoundObjectReference'],
  'io.k8s.api.autoscaling.v1': ['Scale', 'ScaleSpec', 'ScaleStatus'],
  'io.k8s.api.policy.v1': ['Eviction'],
};

/** `Type.field` of every resource.Quantity, which the package declares as a plain string. */
const quantities = new Set(
  `ContainerStatus.allocatedResources EmptyDirVolumeSource.sizeLimit LimitRangeItem.max LimitRangeItem.min
  LimitRangeItem.default LimitRangeItem.defaultRequest LimitRangeItem.maxLimitRequestRatio NodeStatus.capacity
  NodeStatus.allocatable PersistentVolumeClaimStatus.capacity PersistentVolumeClaimStatus.allocatedResources
  PersistentVolumeSpec.capacity PodSpec.overhead PodStatus.allocatedResources ResourceFieldSelector.divisor
  ResourceQuotaSpec.hard ResourceQuotaStatus.hard ResourceQuotaStatus.used ResourceRequirements.limits
  ResourceRequirements.requests VolumeResourceRequirements.limits VolumeResourceRequirements.requests
  HPAScalingRules.tolerance MetricTarget.value MetricTarget.averageValue MetricValueStatus.value
  MetricValueStatus.averageValue Overhead.podFixed CapacityRequestPolicy.default CapacityRequestPolicy.validValues
  CapacityRequestPolicyRange.min CapacityRequestPolicyRange.max CapacityRequestPolicyRange.step
  CapacityRequirements.requests Counter.value DeviceCapacity.value DeviceRequestAllocationResult.consumedCapacity
  CSIStorageCapacity.capacity CSIStorageCapacity.maximumVolumeSize
  NodeAllocatableResourceMapping.allocationMultiplier NodeAllocatableResourceClaimStatus.resources`.split(/\s+/),
);

/** `CoreV1Event`, `V1Pod`, `V1beta1Device` -> `{ version: 'v1', name: 'Event' }`. Undefined for what is not an API type. */
function splitModel(model: string): { version: string; name: string } | undefined {
  const match = /^(?:[A-Z][a-z]+)*?(V\d+(?:(?:alpha|beta)\d+)?)([A-Z]\w*)$/.exec(model);
  return match ? { version: match[1]!.toLowerCase(), name: match[2]! } : undefined;
}

interface Attribute {
  name: string;
  baseName: string;
  type: string;
  format: string;
}

interface Model {
  model: string;
  version: string;
  name: string;
  attributes: Attribute[];
  required: Set<string>;
  description: string;
  descriptions: Map<string, string>;
  refs: string[];
}

/** A JSDoc comment's text as Kubernetes wrote it: the generator escaped quotes and collapsed line breaks. */
const unescapeComment = (text: string): string =>
  text
    .replace(/\s*\n\s*\*\s?/g, '\n')
    .trim()
    .replace(/\*_\//g, '*/')
    .replace(/\\(['"\\])/g, '$1')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&#x60;/g, '`')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');

function parseModel(model: string): Model | undefined {
  const split = splitModel(model);
  if (!split) return undefined;
  const table = /attributeTypeMap = (\[[\s\S]*?\n\]|\[\]);/.exec(read(`models/${model}.js`));
  if (!table) throw new Error(`models/${model}.js: no attribute table; has the client package changed its layout?`);
  const attributes = JSON.parse(table[1]!) as Attribute[];

  const declaration = read(`models/${model}.d.ts`);
  const [head = '', body = ''] = declaration.split('export declare class');
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(head);
  const required = new Set<string>();
  const descriptions = new Map<string, string>();
  for (const [, text, name, optional] of body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?'(\w+)'(\?)?: /g)) {
    if (!optional) required.add(name!);
    if (text) descriptions.set(name!, unescapeComment(text.replace(/^\s*\*\s?/, '')));
  }
  const refs = attributes.flatMap((a) => a.type.match(/\b\w*V\d\w*\b/g) ?? []).filter((t) => t !== 'V1MicroTime');
  const description = comment ? unescapeComment(comment[1]!.replace(/^\s*\*\s?/, '')) : '';
  return { model, ...split, attributes, required, descriptions, refs, description };
}

interface Served {
  group: string;
  version: string;
}

/** Which API classes read or write each model: model -> group versions. */
function servedBy(): Map<string, Served[]> {
  const result = new Map<string, Served[]>();
  for (const file of readdirSync(new URL('apis/', gen))
    .filter((f) => f.endsWith('Api.js'))
    .sort()) {
    const source = read(`apis/${file}`);
    const path = /localVarPath = '\/api(?:s\/([^/']+))?\/(v[^/']+)\//.exec(source);
    if (!path || path[1]?.startsWith('{')) continue;
    const served = { group: path[1] ?? '', version: path[2]! };
    for (const model of new Set([...source.matchAll(/serialize\(.*, "(\w*V\d\w+)", ""\)/g)].map((m) => m[1]!))) {
      result.set(model, [...(result.get(model) ?? []), served]);
    }
  }
  return result;
}

const served = servedBy();
const models = new Map<string, Model>();
for (const file of readdirSync(new URL('models/', gen))
  .filter((f) => f.endsWith('.js'))
  .sort()) {
  const model = parseModel(file.slice(0, -3));
  if (model) models.set(model.model, model);
}

/** model -> packages of the groups whose objects contain it. Walking starts at what stable versions serve. */
const reachedFrom = new Map<string, Set<string>>();
function reach(model: string, from: string): void {
  const seen = reachedFrom.get(model) ?? new Set<string>();
  if (seen.has(from)) return;
  reachedFrom.set(model, seen.add(from));
  for (const ref of models.get(model)?.refs ?? []) reach(ref, from);
}
for (const [model, by] of served) {
  for (const gv of by) if (/^v\d+$/.test(gv.version)) reach(model, packageOf(gv.group, gv.version));
}
reach('V1WatchEvent', meta);

const fixedPackage = new Map(Object.entries(packages).flatMap(([pkg, names]) => names.map((n) => [`V1${n}`, pkg])));

/** `CoreV1Event` belongs to core: the prefix that the generator adds where two groups share a name. */
function prefixPackage(model: string): string | undefined {
  const prefix = /^([A-Z][a-z]+)V\d/.exec(model)?.[1]?.toLowerCase();
  if (!prefix) return undefined;
  const packages = new Set([...served.values()].flat().map((gv) => packageOf(gv.group, gv.version)));
  return [...packages].find((p) => p.endsWith(`.${prefix}.${splitModel(model)!.version}`));
}

function packageOfModel(model: Model): string {
  const known = fixedPackage.get(model.model) ?? prefixPackage(model.model);
  if (known) return known;
  const candidates = [...(reachedFrom.get(model.model) ?? [])].filter((p) => p.endsWith(`.${model.version}`));
  if (candidates.length === 1) return candidates[0]!;
  // Several groups contain it: the pod template, node selectors, references. Those live in core.
  if (candidates.includes('io.k8s.api.core.v1')) return 'io.k8s.api.core.v1';
  throw new Error(`${model.model} could belong to ${candidates.join(', ') || 'nothing'}: add it to the table above`);
}

const fullName = new Map<string, string>();
for (const model of reachedFrom.keys()) {
  const m = models.get(model);
  if (m) fullName.set(model, `${packageOfModel(m)}.${m.name}`);
}

/** `Array<V1Pod>` -> `[]#io.k8s.api.core.v1.Pod`. The notation is documented at parseFieldType in api/schema.ts. */
function notation(type: string, format: string): string {
  const list = /^Array<(.*)>$/.exec(type);
  if (list) return `[]${notation(list[1]!, format)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return `{}${notation(map[1]!, format)}`;
  switch (type) {
    case 'string':
      return format === 'byte' ? 'bytes' : 'string';
    case 'number':
      return format || 'int64';
    case 'boolean':
      return 'boolean';
    case 'Date':
      return 'time';
    case 'V1MicroTime':
      return 'microTime';
    case 'IntOrString':
      return 'intOrString';
    case 'any':
      return 'any';
  }
  const ref = fullName.get(type);
  if (!ref) throw new Error(`unknown type ${type}`);
  return `#${ref}`;
}

/** The group version that a package's objects are served under; `Status` and its like are the core group's. */
const groupVersionOf = new Map([[meta, { group: '', version: 'v1' }]]);
for (const gv of [...served.values()].flat()) groupVersionOf.set(packageOf(gv.group, gv.version), gv);

function describeType(model: Model): { fields: Record<string, string>; required?: string[]; gvk?: string[] } {
  const fields: Record<string, string> = {};
  const required: string[] = [];
  for (const a of model.attributes) {
    const type = notation(a.type, a.format);
    fields[a.baseName] = quantities.has(`${model.name}.${a.baseName}`) ? type.replace('string', 'quantity') : type;
    if (model.required.has(a.name)) required.push(a.baseName);
  }
  const isObject = served.has(model.model) && fields['apiVersion'] === 'string' && fields['kind'] === 'string';
  const gv = groupVersionOf.get(packageOfModel(model));
  return {
    fields,
    ...(required.length > 0 && { required }),
    ...(isObject && gv && { gvk: [gv.group, gv.version, model.name] }),
  };
}

const types: Record<string, ReturnType<typeof describeType>> = {};
const descriptions: Record<string, Record<string, string>> = {};
for (const [model, name] of [...fullName].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
  const m = models.get(model)!;
  types[name] = describeType(m);
  const texts: Record<string, string> = m.description ? { '': m.description } : {};
  for (const a of m.attributes) {
    const text = m.descriptions.get(a.name);
    if (text) texts[a.baseName] = text;
  }
  descriptions[name] = texts;
}
writeFileSync(fileURLToPath(new URL('api/schema.json', root)), `${JSON.stringify(types)}\n`);
writeFileSync(fileURLToPath(new URL('api/schema-descriptions.json', root)), `${JSON.stringify(descriptions)}\n`);
