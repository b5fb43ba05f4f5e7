/**
 * The EncryptionConfiguration: which resources are encrypted in the store, by whom, with which keys. What is wrong with a file
 * is an error that names every field, and never a secret.
 *
 * Upstream: apiserver/pkg/apis/apiserver/{v1/types_encryption,validation/validation_encryption}.go. Left out: the provider `kms`
 */
import { type FieldError, field, invalid } from '../../../api/errors.ts';
import { type ConfigurationKind, type Fields, readConfiguration } from '../../configuration-file/read.ts';

export interface Key {
  name?: string;
  /** In base64. */
  secret?: string;
}

export interface ProviderConfiguration {
  aesgcm?: { keys?: Key[] };
  aescbc?: { keys?: Key[] };
  secretbox?: { keys?: Key[] };
  identity?: object;
  kms?: object;
}

export interface ResourceConfiguration {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` for the core group, `*.*` for all. */
  resources: string[];
  /** The first writes; all are tried to read. */
  providers: ProviderConfiguration[];
}

export interface EncryptionConfiguration {
  resources: ResourceConfiguration[];
}

const keys: Fields = { keys: [{ name: 'text', secret: 'text' }] };
const kind: ConfigurationKind = {
  kind: 'EncryptionConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1'],
  fields: {
    resources: [
      {
        resources: 'texts',
        providers: [{ aesgcm: keys, aescbc: keys, secretbox: keys, identity: 'anything', kms: 'anything' }],
      },
    ],
  },
};

const providerNames = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const;
const keySizes: Record<string, readonly number[]> = { aesgcm: [16, 24, 32], aescbc: [16, 24, 32], secretbox: [32] };

/** Reads the text of a file. Throws with all that is wrong. Nothing is ignored: a misspelled field might leave secrets in the open. */
export function readEncryptionConfiguration(text: string): EncryptionConfiguration {
  const configuration = readConfiguration<EncryptionConfiguration>(text, kind, (message) => {
    throw new Error(message);
  });
  const errors = validate(configuration);
  if (errors.length > 0)
    throw new Error(invalid({ group: 'apiserver.config.k8s.io', kind: kind.kind }, '', errors).message);
  return configuration;
}

export interface GroupResource {
  group: string;
  resource: string;
}

/** `deployments.apps` is the resource deployments of the group apps; without a dot the group is the core group. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}

function validate({ resources = [] }: Partial<EncryptionConfiguration>): FieldError[] {
  if (resources.length === 0) return [field.required('resources', 'at least one resources is required')];
  return resources.flatMap(({ resources: named = [], providers = [] }, i) => {
    const [r, p] = [`resources[${i}].resources`, `resources[${i}].providers`];
    return [
      ...(named.length === 0 ? [field.required(r, `at least one ${r} is required`)] : []),
      ...overlapErrors(named, r),
      ...named.flatMap((text, j) => resourceErrors(text, `${r}[${j}]`)),
      ...(providers.length === 0 ? [field.required(p, `at least one ${p} is required`)] : []),
      ...providers.flatMap((provider, j) => providerErrors(provider, `${p}[${j}]`)),
    ];
  });
}

function overlapErrors(named: string[], path: string): FieldError[] {
  const parsed = named.map(parseGroupResource);
  const errors: FieldError[] = [];
  if (new Set(named).size < named.length) {
    errors.push(field.invalid(path, named, 'the same resource cannot be specified multiple times'));
  }
  const overlaps = parsed.some((one, i) =>
    parsed.some(
      (other, j) =>
        i !== j && named[i] !== named[j] && one.resource === '*' && (one.group === '*' || one.group === other.group),
    ),
  );
  if (overlaps) {
    const why =
      "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
    errors.push(field.invalid(path, named, why));
  }
  return errors;
}

/** Keys that are stored without being objects of the API. */
const withoutApi = ['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'];

function resourceErrors(text: string, path: string): FieldError[] {
  const { group, resource } = parseGroupResource(text);
  const refuse = (why: string): FieldError[] => [field.invalid(path, text, why)];
  if (text !== text.toLowerCase()) return refuse('resource name should not contain capital letters');
  if (text === '*') {
    return refuse("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
  }
  if (withoutApi.includes(text)) return refuse('resources which do not have REST API/s cannot be encrypted');
  if (group === 'events.k8s.io') {
    return refuse(
      "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file",
    );
  }
  if (group === 'extensions') return refuse("'extensions' group has been removed and cannot be used for encryption");
  if (group === '*' && resource !== '*') return refuse('encrypting the same resource across groups is not supported');
  return [];
}

function providerErrors(provider: ProviderConfiguration, path: string): FieldError[] {
  const found = providerNames.filter((name) => provider[name] !== undefined);
  const [name] = found;
  if (!name) {
    const why = 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity';
    return [field.invalid(path, found, why)];
  }
  if (found.length > 1) {
    const why = 'more than one provider specified in a single element, should split into different list elements';
    return [field.invalid(path, found, why)];
  }
  if (name === 'kms') {
    return [field.forbidden(`${path}.kms`, 'the provider kms is not supported; use secretbox, aesgcm or aescbc')];
  }
  if (name === 'identity') return [];
  const { keys = [] } = provider[name]!;
  if (keys.length === 0) return [field.required(`${path}.${name}.keys`, 'at least one keys is required')];
  return keys.flatMap((key, i) => keyErrors(key, `${path}.${name}.keys[${i}]`, keySizes[name]!));
}

function keyErrors({ name, secret }: Key, path: string, sizes: readonly number[]): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(field.required(`${path}.name`, 'name is a mandatory field for a key'));
  if (!secret) return [...errors, field.required(`${path}.secret`, 'secret is a mandatory field for a key')];
  const bytes = Buffer.from(secret, 'base64');
  if (bytes.toString('base64') !== secret.replaceAll(/[\r\n]/g, '')) {
    return [...errors, field.invalid(`${path}.secret`, 'REDACTED', 'secrets must be base64 encoded')];
  }
  if (!sizes.includes(bytes.length)) {
    const why = `secret is not of the expected length, got ${bytes.length}, expected one of [${sizes.join(' ')}]`;
    errors.push(field.invalid(`${path}.secret`, 'REDACTED', why));
  }
  return errors;
}
