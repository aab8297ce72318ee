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
  const reasons = protections(context.config);
  const isProtected = reasons.length > 0;
  const data = { action: guarded.action, details: guarded.details, protected: reasons };
  if (isProtected && guarded.always) {
    throw new DbctlError("PROTECTED", `${guarded.action}: refused, ${reasons.join("; ")}`, {
      hint: unnamedHint(context.config),
      data,
    });
  }
  if (!isProtected && !guarded.always) return;

  context.reporter.note(guarded.action);
  for (const line of guarded.details) context.reporter.note(`  ${line}`);

  const { name } = context.config;
  const given = guarded.confirm ?? (await context.prompt(`Type the project's name, ${name}, to go ahead: `));
  if (given === name) return;
  if (given !== null) {
    throw new DbctlError(
      "CONFIRMATION_REQUIRED",
      `${guarded.action}: "${given}" is not this project's name`,
      {
        hint: `pass --confirm=${name}`,
        data,
      },
    );
  }
  if (isProtected) {
    throw new DbctlError("PROTECTED", `${guarded.action}: not confirmed, and ${reasons.join("; ")}`, {
      hint: `pass --confirm=${name} if that is what you want`,
      data,
    });
  }
  throw new DbctlError("CONFIRMATION_REQUIRED", `${guarded.action}: not confirmed`, {
    hint: `pass --confirm=${name}`,
    data,
  });
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
