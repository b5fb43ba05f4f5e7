/**
 * `config set` and `config unset`: one value by its dotted name, such as `clusters.prod.server`. Names of entries may have dots where
 * the entry exists. Pure.
 *
 * Upstream: kubectl/pkg/cmd/config/{set,unset,navigation_step_parser}.go. Left out: fields of exec and auth-provider.
 */
import type { Kubeconfig } from '../../client/kubeconfig-file.ts';
import { parseBool } from '../command-line.ts';
import { entryOf, namesIn, type Section, withEntry, withFields, withoutEntry } from './entries.ts';

type FieldType = 'string' | 'bool' | 'bytes';

const fields: Record<Section, Record<string, FieldType>> = {
  clusters: {
    server: 'string',
    'tls-server-name': 'string',
    'insecure-skip-tls-verify': 'bool',
    'certificate-authority': 'string',
    'certificate-authority-data': 'bytes',
    'proxy-url': 'string',
    'disable-compression': 'bool',
  },
  contexts: { cluster: 'string', user: 'string', namespace: 'string' },
  users: {
    'client-certificate': 'string',
    'client-certificate-data': 'bytes',
    'client-key': 'string',
    'client-key-data': 'bytes',
    token: 'string',
    tokenFile: 'string',
    as: 'string',
    'as-uid': 'string',
    username: 'string',
    password: 'string',
  },
};

interface Place {
  section: Section;
  /** Absent: the whole section. */
  name?: string;
  /** Absent: the whole entry. */
  field?: string;
}

const isSection = (text: string): text is Section => Object.hasOwn(fields, text);

/** Where the property is. Throws when a kubeconfig has no such place. */
function placeOf(config: Kubeconfig, property: string): Place {
  const [section = '', ...rest] = property.split('.');
  if (!isSection(section)) throw new Error(`unable to parse ${property} after [] at api.Config`);
  if (rest.length === 0) return { section };
  const text = rest.join('.');
  const known = namesIn(config, section).filter((name) => text === name || text.startsWith(`${name}.`));
  const name = known.sort((a, b) => b.length - a.length)[0] ?? rest[0]!;
  const field = text.slice(name.length + 1);
  return { section, name, ...(field && { field }) };
}

/** With the property set; binary values are base64, or as they are with `raw`. */
export function setProperty(config: Kubeconfig, property: string, value: string, raw: boolean): Kubeconfig {
  if (property === 'current-context') return { ...config, 'current-context': value };
  const { section, name, field } = placeOf(config, property);
  if (name === undefined || field === undefined) throw new Error(`can't set a map to a value: ${property}`);
  const type = fields[section][field];
  if (!type) throw new Error(`unable to parse ${field} after [${section} ${name}] at api.Config`);
  return withFields(config, section, name, { [field]: parseValue(value, type, raw) });
}

function parseValue(text: string, type: FieldType, raw: boolean): string | boolean {
  if (type === 'bool') return parseBool(text);
  if (type === 'string') return text;
  if (raw) return Buffer.from(text).toString('base64');
  const bad = /^[A-Za-z0-9+/]*/.exec(text)![0].length;
  const isWhole = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  if (!isWhole) throw new Error(`error decoding input value: illegal base64 data at input byte ${bad - (bad % 4)}`);
  return text;
}

/** Without the property. */
export function unsetProperty(config: Kubeconfig, property: string): Kubeconfig {
  if (property === 'current-context') return { ...config, 'current-context': '' };
  const { section, name, field } = placeOf(config, property);
  if (name === undefined) return { ...config, [section]: [] };
  if (field === undefined) return withoutEntry(config, section, name);
  const entry = entryOf(config, section, name);
  if (!entry) throw new Error(`current map key \`${name}\` is invalid`);
  const { [field]: _, ...rest } = entry;
  return withEntry(config, section, name, rest);
}
