/**
 * The columns in which a custom resource is printed: those of its definition, or its age.
 *
 * Upstream: apiextensions-apiserver/pkg/registry/customresource/tableconvertor
 */
import { age } from '../../api/age.ts';
import type { PrinterColumn } from '../../api/custom-resource-definition.ts';
import { type JsonPath, parseJsonPath } from '../../api/json-path.ts';
import type { Column } from '../../api/kind.ts';
import { nameColumn } from '../../api/kinds/columns.ts';
import type { KubeObject } from '../../api/types.ts';

const ageByDefault: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

/** The name, and what the definition adds. A path that cannot be read prints nothing. */
export function customColumns(added: readonly PrinterColumn[] | undefined): Column<KubeObject>[] {
  const columns = added && added.length > 0 ? added : [ageByDefault];
  return [nameColumn, ...columns.map(customColumn)];
}

function customColumn({ name, type, format, description, priority, jsonPath }: PrinterColumn): Column<KubeObject> {
  const path = readable(jsonPath);
  return {
    name,
    type: type as Column<KubeObject>['type'],
    ...(format && { format }),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object, now) => cellOf(type, path(object)[0], now),
  };
}

function readable(path: string): JsonPath {
  try {
    return parseJsonPath(path);
  } catch {
    return () => [];
  }
}

/** A value that is not of the column's type is not shown. */
function cellOf(type: string, value: unknown, now: number): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now);
    default:
      return null;
  }
}
