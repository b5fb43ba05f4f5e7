/**
 * How a failure reaches the user: kubectl's words on stderr, and the exit code.
 *
 * Upstream: kubectl/pkg/cmd/util/helpers.go (CheckErr, StandardErrorMessage)
 */
import { ApiError } from '../api/errors.ts';

/** Ends the command with an exit code; the message is printed as it is. An empty one prints nothing. */
export class ExitError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Several failures of one command: each is printed on a line of its own. */
export class Failures extends Error {
  readonly errors: unknown[];

  constructor(errors: unknown[]) {
    super(errors.map(String).join('\n'));
    this.errors = errors;
  }
}

/** A wrong use of a command. */
export const usageError = (command: string, message: string): ExitError =>
  new ExitError(`error: ${message}\nSee 'minikctl ${command} -h' for help and examples`);

/** Throws what was collected, if anything. */
export function throwIfAny(errors: unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new Failures(errors);
}

/** The same error, telling what was being done: `error when creating "web.yaml": ...`. */
export function whileDoing(verb: string, source: string, error: unknown): unknown {
  const prefix = `error when ${verb} "${source}": `;
  if (error instanceof ApiError) {
    const told = new ApiError(error.code, error.reason, prefix + error.message, error.details);
    told.cause = error;
    return told;
  }
  return isConnectionError(error) ? error : new Error(prefix + (error as Error).message);
}

/** Whether the server has forbidden something, or one thing of several. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Failures ? error.errors.some(isRefusal) : apiErrorOf(error)?.code === 403;

/** The server's answer in its own words, where the message has been put into a larger one. */
export function apiErrorOf(error: unknown): ApiError | undefined {
  const { cause } = error as Error;
  return cause ? apiErrorOf(cause) : error instanceof ApiError ? error : undefined;
}

export const exitCodeOf = (error: unknown): number => (error instanceof ExitError ? error.exitCode : 1);

/** The text for stderr, without a newline at its end. `server` is the address that was being talked to. */
export function describeError(error: unknown, server: string): string {
  if (error instanceof ExitError) return error.message;
  if (error instanceof Failures) return error.errors.map((one) => describeError(one, server)).join('\n');
  if (error instanceof ApiError) return describeApiError(error);
  const { code, message } = error as NodeJS.ErrnoException;
  const host = URL.canParse(server) ? new URL(server).host : server;
  if (code === 'ECONNREFUSED')
    return `The connection to the server ${host} was refused - did you specify the right host or port?`;
  if (isConnectionError(error)) return `Unable to connect to the server: ${message}`;
  return /^(error|Error in configuration): /.test(message) ? message : `error: ${message}`;
}

function describeApiError(error: ApiError): string {
  if (error.reason === 'Invalid') return describeInvalid(error);
  if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`;
  return error.reason ? `Error from server (${error.reason}): ${error.message}` : `Error from server: ${error.message}`;
}

function describeInvalid({ details }: ApiError): string {
  const subject =
    details?.kind || details?.name ? `The ${details.kind ?? ''} "${details.name ?? ''}" is invalid` : undefined;
  const causes = new Set((details?.causes ?? []).map(({ field, message }) => `${field ?? ''}: ${message}`));
  if (causes.size === 0) return subject ?? 'The request is invalid';
  const lines = [...causes];
  return `${subject ?? 'The request is invalid'}: ${lines.length === 1 ? lines[0] : `\n* ${lines.join('\n* ')}`}`;
}

const connectionCodes =
  /^(E(CONN|HOST|NET|TIMEDOUT|AI_|PIPE|NOTFOUND)|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/;

function isConnectionError(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return connectionCodes.test(String(code ?? '')) || /^request timed out|socket hang up/.test(message);
}
