/**
 * Versions of a custom resource: objects are written in one, may lie in the store in others from before, and are read in the one
 * that was asked for, with what their schema prunes and defaults today.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/conversion, pkg/apiserver/customresource_handler.go
 */
import { isDeepStrictEqual } from 'node:util';
import type { CustomResourceDefinition, DefinitionVersion } from '../../api/custom-resource-definition.ts';
import { hasDefaults, pruneNulls, setDefaults } from '../../api/structural/defaults.ts';
import type { JsonSchema } from '../../api/structural/json-schema.ts';
import { pruneUnknown, unknownFields } from '../../api/structural/prune.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Conversion } from '../registry/resource.ts';
import { schemaOf } from './custom-kind.ts';

/** Brings objects of other versions to one. The answer has them in the same order; none is changed. */
export type Converter = (objects: readonly KubeObject[], apiVersion: string) => Promise<readonly KubeObject[]>;

/** Between what is stored and what a version serves. Without a converter only the name of the version changes. */
export function customConversion(
  { spec, status }: CustomResourceDefinition,
  version: DefinitionVersion,
  converter: Converter | undefined,
): Conversion {
  const schema = schemaOf(version);
  const storage = spec.versions.find((one) => one.storage)!;
  const stored = { group: spec.group, version: storage.name, kind: status?.acceptedNames?.kind ?? spec.names.kind };
  const served = `${spec.group}/${version.name}`;
  const complete = completion(schema);
  const convert = (objects: readonly KubeObject[], apiVersion: string) => {
    const others = objects.filter((object) => object.apiVersion !== apiVersion);
    if (others.length === 0) return objects;
    if (!converter) return objects.map((object) => inVersion(object, apiVersion));
    return converter(others, apiVersion).then((converted) => {
      const byOriginal = new Map(others.map((object, i) => [object, converted[i]!]));
      return objects.map((object) => byOriginal.get(object) ?? object);
    });
  };
  return {
    stored,
    toServed(objects) {
      const converted = convert(objects, served);
      return converted instanceof Promise ? converted.then((list) => list.map(complete)) : converted.map(complete);
    },
    toStored(object) {
      const written = convert([{ ...object, apiVersion: served }], `${spec.group}/${storage.name}`);
      return written instanceof Promise ? written.then(([one]) => one!) : written[0]!;
    },
  };
}

const inVersion = (object: KubeObject, apiVersion: string): KubeObject =>
  object.apiVersion === apiVersion ? object : { ...object, apiVersion };

/** What the schema of today makes of an object that was stored earlier: the same one where it changes nothing. */
function completion(schema: JsonSchema): (object: KubeObject) => KubeObject {
  const defaults = hasDefaults(schema);
  return (object) => {
    const unknown = unknownFields(schema, object).length > 0;
    if (!defaults && !unknown) return object;
    const completed = structuredClone(object);
    pruneUnknown(schema, completed);
    pruneNulls(schema, completed);
    setDefaults(schema, completed);
    return isDeepStrictEqual(completed, object) ? object : completed;
  };
}
