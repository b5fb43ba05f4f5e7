/**
 * What expressions may use: CEL's standard functions, and Kubernetes' libraries.
 *
 * Upstream: apiserver/pkg/cel/environment/base.go. Left out: authz, which needs a request.
 */
import { type Environment, engine } from './engine.ts';
import { registerComprehensions } from './library/comprehensions.ts';
import { registerFormats } from './library/formats.ts';
import { registerLists } from './library/lists.ts';
import { registerLiterals } from './library/literals.ts';
import { registerNetwork } from './library/network.ts';
import { registerQuantities } from './library/quantities.ts';
import { registerRegex } from './library/regex.ts';
import { registerSemver } from './library/semver.ts';
import { registerSets } from './library/sets.ts';
import { registerStrings } from './library/strings.ts';
import { registerUrls } from './library/urls.ts';

let base: Environment | undefined;

/** A new environment with the libraries; types and variables are the caller's to add. */
export function newEnvironment(): Environment {
  base ??= makeBase();
  return base.clone();
}

/** An environment with these variables, each with its CEL type: `dyn`, `map<string, dyn>`, `bool`. */
export function environment(variables: Record<string, string>): Environment {
  const made = newEnvironment();
  for (const [name, type] of Object.entries(variables)) made.registerVariable(name, type);
  return made;
}

function makeBase(): Environment {
  const { Environment } = engine();
  const made = new Environment({
    enableOptionalTypes: true,
    // The arguments of `format` are of different types.
    homogeneousAggregateLiterals: false,
    limits: { maxCallArguments: 64, maxListElements: 10_000 },
  });
  registerStrings(made);
  registerRegex(made);
  registerLists(made);
  registerSets(made);
  registerUrls(made);
  registerQuantities(made);
  registerNetwork(made);
  registerFormats(made);
  registerSemver(made);
  registerComprehensions(made);
  registerLiterals(made);
  return made;
}
