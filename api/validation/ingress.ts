/** The rules of an Ingress. Upstream: pkg/apis/networking/validation (ValidateIngressSpec) */
import { isIP } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import {
  dns1035LabelErrors,
  dns1123SubdomainErrors,
  ipErrors,
  portNameErrors,
  portNumberErrors,
  wildcardSubdomainErrors,
} from '../names.ts';
import type { Ingress } from '../types.ts';
import { checkName, each, requireName } from './checks.ts';
import { validateReference } from './object-reference.ts';

type Spec = NonNullable<Ingress['spec']>;
type Backend = NonNullable<Spec['defaultBackend']>;
type Rule = NonNullable<Spec['rules']>[number];
type HttpPath = NonNullable<Rule['http']>['paths'][number];

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** What would make two spellings of one path. */
const forbiddenParts = ['//', '/./', '/../', '%2f', '%2F'];
const forbiddenEnds = ['/..', '/.'];

/** Everything about the spec. */
export function validateIngressSpec(spec: Spec): FieldError[] {
  const why = 'either `defaultBackend` or `rules` must be specified';
  return [
    ...((spec.rules ?? []).length === 0 && !spec.defaultBackend ? [field.invalid('spec', spec.rules ?? [], why)] : []),
    ...(spec.defaultBackend ? validateBackend('spec.defaultBackend', spec.defaultBackend) : []),
    ...each('spec.rules', spec.rules, validateRule),
    ...each('spec.tls', spec.tls, (path, { hosts, secretName }) => [
      ...each(`${path}.hosts`, hosts, (at, host) => hostErrors(host).map((text) => field.invalid(at, host, text))),
      ...checkName(`${path}.secretName`, secretName, dns1123SubdomainErrors),
    ]),
    ...(spec.ingressClassName !== undefined
      ? dns1123SubdomainErrors(spec.ingressClassName).map((text) =>
          field.invalid('spec.ingressClassName', spec.ingressClassName, text),
        )
      : []),
  ];
}

/** Addresses under which the Ingress is reached. */
export const validateIngressStatus = ({ status }: Ingress): FieldError[] =>
  each('status.loadBalancer.ingress', status?.loadBalancer?.ingress, (path, { ip, hostname }) => [
    ...checkName(`${path}.ip`, ip, ipErrors),
    ...checkName(`${path}.hostname`, hostname, dns1123SubdomainErrors),
    ...notAnAddress(`${path}.hostname`, hostname),
  ]);

const hostErrors = (host: string): string[] =>
  host.includes('*') ? wildcardSubdomainErrors(host) : dns1123SubdomainErrors(host);

const notAnAddress = (path: string, host: string | undefined): FieldError[] =>
  host && isIP(host) ? [field.invalid(path, host, 'must be a DNS name, not an IP address')] : [];

const validateRule = (path: string, { host, http }: Rule): FieldError[] => [
  ...notAnAddress(`${path}.host`, host),
  ...checkName(`${path}.host`, host, hostErrors),
  ...(http && (http.paths ?? []).length === 0 ? [field.required(`${path}.http.paths`)] : []),
  ...each(`${path}.http.paths`, http?.paths, validatePath),
];

function validatePath(at: string, { pathType, path = '', backend }: HttpPath): FieldError[] {
  if (!pathType) return [field.required(`${at}.pathType`, 'pathType must be specified')];
  const wrong = (why: string): FieldError => field.invalid(`${at}.path`, path, why);
  const relative = path.startsWith('/') ? [] : [wrong('must be an absolute path')];
  const errors: FieldError[] = [];
  if (!pathTypes.includes(pathType)) errors.push(field.notSupported(`${at}.pathType`, pathType, pathTypes));
  else if (pathType === 'ImplementationSpecific') errors.push(...(path === '' ? [] : relative));
  else {
    errors.push(
      ...relative,
      ...forbiddenParts.filter((part) => path.includes(part)).map((part) => wrong(`must not contain '${part}'`)),
      ...forbiddenEnds.filter((end) => path.endsWith(end)).map((end) => wrong(`cannot end with '${end}'`)),
    );
  }
  return [...errors, ...validateBackend(`${at}.backend`, backend ?? {})];
}

function validateBackend(path: string, { resource, service }: Backend): FieldError[] {
  if (resource && service) return [field.invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(`${path}.resource`, resource);
  if (!service) return [field.invalid(path, '', 'resource or service backend is required')];
  return [
    ...requireName(`${path}.service.name`, service.name, dns1035LabelErrors),
    ...validateServicePort(path, service.port ?? {}),
  ];
}

function validateServicePort(path: string, { name, number }: { name?: string; number?: number }): FieldError[] {
  if (name && number) return [field.invalid(path, '', 'cannot set both port name & port number')];
  if (name) return checkName(`${path}.service.port.name`, name, portNameErrors);
  if (!number) return [field.required(path, 'port name or number is required')];
  return portNumberErrors(number).map((why) => field.invalid(`${path}.service.port.number`, number, why));
}
