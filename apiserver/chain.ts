/**
 * The life of a request, as one list of steps. Each throws an `ApiError` to end it; the last gives the answer.
 *
 * Requests for what another server serves, as an APIService says, are passed on to it (`aggregator/`). Other resource requests
 * go on in `handlers/`: decode, admission, registry, encode. Everything else (health, discovery, OpenAPI, version, metrics) is
 * answered by `non-resource.ts`.
 *
 * Upstream: apiserver/pkg/server/config.go DefaultBuildHandlerChain
 */
import type { Socket } from 'node:net';
import type { Auditor } from './audit/auditor.ts';
import { impersonate } from './authn/impersonation.ts';
import { authorize } from './authz/authorize.ts';
import type { FlowControl } from './flow-control/flow-control.ts';
import { dispatch } from './handlers/dispatch.ts';
import type { Registry } from './registry/registry.ts';
import type { Call, Reply } from './request/call.ts';

export interface Chain {
  registry: Registry;
  flowControl: FlowControl;
  /** Undefined where nothing is recorded. */
  auditor?: Auditor | undefined;
  /** Passes on what other servers answer; undefined for what this one answers itself. */
  passOn(call: Call): Promise<Reply> | undefined;
  /** Answers what is not about a resource. */
  answerNonResource(call: Call): Promise<Reply>;
}

/** Takes a request, whose `info` has been read from its path, to its answer. */
export async function serve(chain: Chain, call: Call, socket: Socket): Promise<Reply> {
  const { auditor } = chain;
  try {
    const user = chain.registry.authenticator.authenticate(call.raw, call.info.path, socket);
    call.user = user instanceof Promise ? await user : user;
  } catch (error) {
    auditor?.unauthenticated(call, error);
    throw error;
  }
  return auditor ? auditor.follow(call, () => serveUser(chain, call)) : serveUser(chain, call);
}

/** Answers a request whose sender is known. */
async function serveUser(chain: Chain, call: Call): Promise<Reply> {
  impersonate(chain.registry.authorizer, call);
  authorize(chain.registry.authorizer, call.user, call.info, call.audit && call.auditAnnotations);
  const entered = chain.flowControl.enter(call);
  // Most requests find a seat at once, and need not wait for a turn of the event loop.
  const leave = typeof entered === 'function' ? entered : await entered;
  try {
    const passedOn = chain.passOn(call);
    if (passedOn) return await passedOn;
    return call.info.isResource ? await dispatch(chain.registry, call) : await chain.answerNonResource(call);
  } finally {
    leave();
  }
}
