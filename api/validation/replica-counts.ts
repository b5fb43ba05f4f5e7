/** Numbers of pods in the status of a workload. Upstream: pkg/apis/apps/validation, pkg/apis/core/validation */
import { type FieldError, field } from '../errors.ts';
import { nonNegative } from './checks.ts';

/** No number is negative. */
export const nonNegativeCounts = <T extends object>(
  status: T | undefined,
  names: readonly (keyof T & string)[],
): FieldError[] => names.flatMap((name) => nonNegative(`status.${name}`, status?.[name] as number | undefined));

/** None of the numbers is negative, nor more than all replicas; and what is available is ready. */
export function validateReplicaCounts<
  T extends { replicas?: number; readyReplicas?: number; availableReplicas?: number },
>(status: T | undefined, parts: readonly (keyof T & string)[]): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const count = (name: keyof T): number => (status?.[name] as number | undefined) ?? 0;
  return [
    ...nonNegativeCounts<T>(status, ['replicas', ...parts]),
    ...parts
      .filter((name) => count(name) > replicas)
      .map((name) => field.invalid(`status.${name}`, count(name), 'cannot be greater than status.replicas')),
    ...(availableReplicas > readyReplicas
      ? [field.invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas')]
      : []),
  ];
}

/** How often a name was taken only rises. */
export const notDecremented = (path: string, count: number | undefined, old: number | undefined): FieldError[] =>
  (count ?? 0) < (old ?? 0) ? [field.invalid(path, count ?? 0, 'cannot be decremented')] : [];
