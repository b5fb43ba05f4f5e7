/** `describe configmap` and `describe secret`, whose values stay hidden. Upstream: kubectl/pkg/describe */
import type { ConfigMap, Secret } from '../../api/types.ts';
import type { Describer } from './describer.ts';
import { describeEvents } from './events.ts';
import { describeMetadata } from './metadata.ts';

export const describeConfigMap: Describer<ConfigMap> = async (map, out, { events, now }) => {
  describeMetadata(map, out);
  out.line(0, '');
  out.line(0, 'Data');
  out.line(0, '====');
  for (const [key, value] of byKey(map.data)) {
    out.line(0, `${key}:`);
    out.line(0, '----');
    out.line(0, value);
    out.line(0, '');
  }
  out.line(0, '');
  out.line(0, 'BinaryData');
  out.line(0, '====');
  for (const [key, value] of byKey(map.binaryData)) out.line(0, `${key}: ${sizeOf(value)} bytes`);
  out.line(0, '');
  describeEvents(out, await events(), now);
};

export const describeSecret: Describer<Secret> = async (secret, out) => {
  describeMetadata(secret, out);
  out.line(0, '');
  out.field(0, 'Type', secret.type ?? '');
  out.line(0, '');
  out.line(0, 'Data');
  out.line(0, '====');
  for (const [key, value] of byKey(secret.data)) out.field(0, key, `${sizeOf(value)} bytes`);
};

const byKey = (map: Record<string, string> | undefined): [string, string][] =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

const sizeOf = (base64: string): number => Buffer.from(base64, 'base64').length;
