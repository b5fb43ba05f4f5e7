/**
 * What a command line is about: `pods`, `pods,services`, `pod web db`, `pod/web service/db`, `all`.
 * Upstream: cli-runtime/pkg/resource/builder.go (ResourceTypeOrNameArgs)
 */
import type { ApiResource, Resources } from './resources.ts';

/** One object, or all objects of a resource when there is no name. */
export interface Target {
  resource: ApiResource;
  name?: string;
}

/** Throws, in kubectl's words, when the arguments mix the forms or name an unknown resource. */
export function parseTargets(args: string[], resources: Resources): Target[] {
  if (args.some((arg) => arg.includes('/'))) return args.map((arg) => slashed(arg, resources));
  const [types = '', ...names] = args;
  const found = types.split(',').flatMap((type) => {
    if (type === '') throw new Error('arguments must consist of a resource or a resource and name');
    return names.length > 0 ? [resources.find(type)] : resources.expand(type);
  });
  if (names.length === 0) return found.map((resource) => ({ resource }));
  if (names.includes('')) throw new Error('resource name may not be empty');
  return found.flatMap((resource) => names.map((name) => ({ resource, name })));
}

function slashed(arg: string, resources: Resources): Target {
  if (!arg.includes('/'))
    throw new Error(
      'there is no need to specify a resource type as a separate argument when passing arguments in resource/name form ' +
        "(e.g. 'minikctl get resource/<resource_name>' instead of 'minikctl get resource resource/<resource_name>'",
    );
  const parts = arg.split('/');
  const [type, name] = parts;
  if (parts.length !== 2) throw new Error('arguments in resource/name form may not have more than one slash');
  if (!type || !name) throw new Error('arguments in resource/name form must have a single resource and name');
  return { resource: resources.find(type), name };
}
