import { ENVIRONMENTS, type Environment } from "./config.ts";
import { didYouMean, type Faults } from "./faults.ts";
import { faultOrigin, type Sourced } from "./origin.ts";
import type { Variables } from "./variables.ts";

const ALIASES: Readonly<Record<string, Environment>> = { test: "testing" };
const SHORT_FORMS: Readonly<Record<string, Environment>> = {
  dev: "development",
  local: "development",
  ci: "testing",
  stage: "staging",
  prod: "production",
  live: "production",
};

export interface ChosenEnvironment extends Sourced<Environment> {
  /** False for the default, `development`. */
  readonly named: boolean;
}

/**
 * From `--env`, then DBCTL_ENV, then NODE_ENV, each of these from the environment, `.env.local` or `.env`.
 * An unknown name is a fault, never a silent `development`.
 */
export function chooseEnvironment(
  flag: string | undefined,
  variables: Variables,
  root: string,
  faults: Faults,
): ChosenEnvironment {
  const named: (Sourced<string> & { readonly path: string }) | undefined =
    flag === undefined
      ? ["DBCTL_ENV", "NODE_ENV"]
          .map((name) => variables.get(name))
          .flatMap((variable) => (variable === undefined ? [] : { ...variable, path: variable.name }))[0]
      : { value: flag, origin: { from: "flag", name: "env" }, path: "env" };
  if (named === undefined) return { value: "development", origin: { from: "default" }, named: false };

  const name = named.value.trim().toLowerCase();
  const environment = ENVIRONMENTS.find((known) => known === name) ?? ALIASES[name];
  if (environment !== undefined) return { value: environment, origin: named.origin, named: true };
  faults.add({
    path: named.path,
    message: `"${named.value}" is no environment: ${ENVIRONMENTS.join(", ")}`,
    origin: faultOrigin(named.origin, root),
    suggestion: Object.hasOwn(SHORT_FORMS, name)
      ? `did you mean "${SHORT_FORMS[name]}"?`
      : didYouMean(name, ENVIRONMENTS),
  });
  return { value: "development", origin: named.origin, named: true };
}
