import type { Config } from "../config/config.ts";
import type { Context } from "../context.ts";
import { DbctlError } from "../errors.ts";

export interface Guarded {
  /** What is about to happen, as a clause: `reset drops 6 tables in postgres`. */
  readonly action: string;
  /** What whoever confirms must have seen: hosts, names, row counts; one a line. */
  readonly details: readonly string[];
  /** The value of `--confirm`. */
  readonly confirm: string | undefined;
  /**
   * True for what always destroys (reset, seed clean): refused where protected, confirmed everywhere else.
   * False for what is routine elsewhere (migrate down, --delete-extra): confirmed where protected, free elsewhere.
   */
  readonly always: boolean;
}

/**
 * Returns only when `guarded` may go ahead: shows its details first, then wants the project's name, typed on a
 * terminal or as `--confirm=<name>`.
 * @throws PROTECTED where the target is protected and this action may not be confirmed there, or was not
 * @throws CONFIRMATION_REQUIRED when the name was not given, or another one was
 */
export async function confirmDestructive(context: Context, guarded: Guarded): Promise<void> {
  const { action, details, always } = guarded;
  const { name } = context.config;
  const reasons = protections(context.config);
  const isProtected = reasons.length > 0;
  const refusal = (code: "PROTECTED" | "CONFIRMATION_REQUIRED", why: string, hint: string | undefined) =>
    new DbctlError(code, `${action}: ${why}`, { hint, data: { action, details, protected: reasons } });

  if (isProtected && always) {
    throw refusal("PROTECTED", `refused, ${reasons.join("; ")}`, unnamedHint(context.config));
  }
  if (!isProtected && !always) return;

  context.reporter.note(action);
  for (const line of details) context.reporter.note(`  ${line}`);

  const given = guarded.confirm ?? (await context.prompt(`Type the project's name, ${name}, to go ahead: `));
  if (given === name) return;
  const hint = `pass --confirm=${name}, or type ${name} when asked on a terminal`;
  if (given !== null) {
    throw refusal("CONFIRMATION_REQUIRED", `"${given}" is not this project's name`, hint);
  }
  throw isProtected
    ? refusal("PROTECTED", `not confirmed, and ${reasons.join("; ")}`, hint)
    : refusal("CONFIRMATION_REQUIRED", "not confirmed", hint);
}

/** Why the target counts as protected; empty when it does not. */
function protections(config: Config): readonly string[] {
  if (config.environment === "production") return ["the environment is production"];
  if (config.environmentNamed) return [];
  return [...config.stores]
    .filter(([, store]) => !store.loopback)
    .map(
      ([name, { options }]) =>
        `${name} is at ${options.connection.host}, not on this machine, and no environment was named`,
    );
}

function unnamedHint(config: Config): string | undefined {
  if (config.environment === "production") return undefined;
  return "name the environment that this is, for example --env staging";
}
