/**
 * The CEL expression that a device has to meet. It may read one variable:
 *
 *     device.driver == 'gpu.example.com' && device.attributes['gpu.example.com'].model == 'tiny'
 *
 * Upstream: k8s.io/dynamic-resource-allocation/cel/compile.go, pkg/apis/resource/validation (validateCELSelector)
 */
import { CompileError, typeOf } from '../cel/compile.ts';
import type { Environment } from '../cel/engine.ts';
import { newEnvironment } from '../cel/environment.ts';
import { celTypeName } from '../cel/issues.ts';
import { type FieldError, field } from '../errors.ts';

const maxExpression = 10 * 1024;

const device = {
  driver: 'string',
  // Domain, then name; an attribute is a text, a number, a boolean or a version.
  attributes: 'map<string, map<string, dyn>>',
  capacity: 'map<string, map<string, kubernetes.Quantity>>',
  allowMultipleAllocations: 'bool',
};

let known: Environment | undefined;

function environment(): Environment {
  if (!known) {
    known = newEnvironment();
    known.registerType('kubernetes.DRADevice', { fields: device });
    known.registerVariable('device', 'kubernetes.DRADevice');
  }
  return known;
}

/** Whether the expression can be used. */
export function validateDeviceExpression(path: string, expression = ''): FieldError[] {
  if (expression.length > maxExpression) return [field.tooLong(path, maxExpression)];
  const wrong = (why: string): FieldError[] => [field.invalid(path, expression, why)];
  try {
    const type = typeOf(environment(), expression);
    if (type === 'bool' || type === 'dyn') return [];
    return wrong(`must evaluate to bool or the unknown type, not ${celTypeName(type)}`);
  } catch (error) {
    if (error instanceof CompileError) return wrong(error.message);
    throw error;
  }
}
