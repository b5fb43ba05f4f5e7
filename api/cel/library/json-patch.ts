/** `jsonpatch.escapeKey`: a key as a part of the path of a JSON Patch. Upstream: apiserver/pkg/cel/library/jsonpatch.go */
import type { Environment } from '../engine.ts';

class JsonPatchNamespace {}

const namespace = new JsonPatchNamespace();

/** Registers the function: `jsonpatch.escapeKey('k8s.io/my~label') == 'k8s.io~1my~0label'`. */
export function registerJsonPatch(environment: Environment): void {
  environment
    .registerType('JsonPatchNamespace', { ctor: JsonPatchNamespace, fields: {} })
    .registerConstant('jsonpatch', 'JsonPatchNamespace', namespace)
    .registerFunction('JsonPatchNamespace.escapeKey(string): string', (_: unknown, key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    );
}
