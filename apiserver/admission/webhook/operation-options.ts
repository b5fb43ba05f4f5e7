/**
 * The options of a request as a webhook sees them: CreateOptions, UpdateOptions or DeleteOptions.
 *
 * Upstream: apiserver/pkg/admission/attributes.go GetOperationOptions; a patch has the options of the update, or of the create, that
 * it amounts to.
 */
import type { Admission } from '../plugin.ts';

/** Undefined for what has none: connecting. */
export function operationOptions({ operation, options, deleteOptions }: Admission): object | undefined {
  const dryRun = options.dryRun ? { dryRun: ['All'] } : {};
  const apiVersion = 'meta.k8s.io/v1';
  switch (operation) {
    case 'connect':
      return undefined;
    case 'delete':
      return { ...deleteOptions, kind: 'DeleteOptions', apiVersion, ...dryRun };
    default: {
      const kind = operation === 'create' ? 'CreateOptions' : 'UpdateOptions';
      return { kind, apiVersion, ...dryRun, ...writeParameters(options.query) };
    }
  }
}

const writeParameters = (query = new URLSearchParams()): Record<string, string> =>
  Object.fromEntries(
    ['fieldManager', 'fieldValidation'].flatMap((name) => {
      const value = query.get(name);
      return value ? [[name, value]] : [];
    }),
  );
