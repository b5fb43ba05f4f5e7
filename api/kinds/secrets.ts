/** Secret: like a ConfigMap, in base64 and typed. Upstream: pkg/apis/core/validation (ValidateSecret) */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { Secret } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { immutableErrors, keyErrors, maxDataBytes } from '../validation/keyed-data.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const secrets: Kind<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  setDefaults: (secret) => {
    secret.type ||= 'Opaque';
    // Texts are for writing only: they go into data and are never stored.
    for (const [key, text] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: Buffer.from(text).toString('base64') };
    }
    delete secret.stringData;
  },
  validate: (secret, old) => {
    const size = Object.values(secret.data ?? {}).reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0);
    return [
      ...keyErrors('data', secret.data),
      ...(size > maxDataBytes ? [field.tooLong('data', maxDataBytes)] : []),
      ...typeErrors(secret),
      ...(old ? [...unchanged('type', secret.type, old.type), ...immutableErrors(secret, old, ['data'])] : []),
    ];
  },
  fieldSelectors: { type: (secret) => secret.type ?? '' },
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description: 'What the secret holds, and so which keys it must have.',
      cell: (secret) => secret.type ?? '',
    },
    {
      name: 'Data',
      type: 'integer',
      description: 'Number of keys.',
      cell: (secret) => Object.keys(secret.data ?? {}).length,
    },
    ageColumn,
  ],
};

/** Keys that a secret of a type cannot be without. */
const requiredKeys = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

function typeErrors(secret: Secret): FieldError[] {
  const type = secret.type ?? '';
  const data = secret.data ?? {};
  const wanted = requiredKeys.get(type) ?? [];
  const errors = wanted.filter((key) => !Object.hasOwn(data, key)).map((key) => field.required(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth' && !Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
    errors.push(field.required('data[username]'), field.required('data[password]'));
  }
  const account = 'kubernetes.io/service-account.name';
  if (type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[account]) {
    errors.push(field.required(`metadata.annotations[${account}]`));
  }
  for (const key of ['.dockercfg', '.dockerconfigjson']) {
    if (wanted.includes(key) && Object.hasOwn(data, key) && !isJson(data[key]!)) {
      errors.push(field.invalid(`data[${key}]`, '<secret contents redacted>', 'invalid character in the JSON'));
    }
  }
  return errors;
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString());
    return true;
  } catch {
    return false;
  }
}
