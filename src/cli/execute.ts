import type { Config } from "../config/config.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Context, Report, StoreSet, Warning } from "../context.ts";
import { asDbctlError, DbctlError, EXIT, type ExitStatus, strongestStatus } from "../errors.ts";
import type { Style } from "../ui/human/style.ts";
import type { RunReporter } from "../ui/task.ts";
import type { Io } from "./io.ts";
import type { Invocation } from "./program.ts";
import type { Interruption } from "./signals.ts";
import type { DataCommandSpec } from "./spec.ts";

export interface Execution {
  readonly io: Io;
  readonly reporter: RunReporter;
  readonly interruption: Interruption;
  /** Called before the configuration is read: what learns its passwords as they turn up. */
  readonly onSecrets: (secrets: Secrets) => void;
}

/** How a command ended; `error` is null when it returned a report. */
export interface Ended extends Report {
  readonly error: DbctlError | null;
  readonly render: ((style: Style) => Promise<string>) | null;
}

/** Loads the configuration, runs the command, closes every store that was opened. Never throws. */
export async function execute(
  invocation: Invocation & { readonly spec: DataCommandSpec },
  execution: Execution,
): Promise<Ended> {
  const { spec, values, globals } = invocation;
  const { io, interruption } = execution;
  let configWarnings: readonly Warning[] = [];
  try {
    // Each is needed in any case, and loading them side by side is quicker.
    const [run, { loadConfig }, { Secrets }, { openStores }] = await Promise.all([
      spec.prepare(values),
      import("../config/load.ts"),
      import("../config/secrets.ts"),
      import("../stores/open.ts"),
    ]);
    const secrets = new Secrets();
    execution.onSecrets(secrets);
    const { configFile, environment, namespace } = globals;
    const config = await loadConfig({
      cwd: io.cwd,
      configFile,
      flags: { env: environment, namespace, confirm: values.text("confirm") },
      env: io.env,
      secrets,
    });
    configWarnings = config.warnings;
    const stores = openStores(
      config,
      spec.ownsStores ? {} : { only: globals.only ?? [], skip: globals.skip },
    );
    try {
      const report = await run(contextOf(config, stores, globals.input, execution));
      return {
        ...report,
        exitStatus: withInterruption(report.exitStatus, interruption),
        warnings: [...config.warnings, ...report.warnings],
        error: null,
      };
    } finally {
      await stores.close();
    }
  } catch (thrown) {
    const error = interruptedError(thrown, interruption) ?? asDbctlError(thrown);
    const exitStatus = withInterruption(error.exitStatus, interruption);
    return { exitStatus, data: null, error, render: null, warnings: configWarnings };
  }
}

function contextOf(config: Config, stores: StoreSet, mayAsk: boolean, execution: Execution): Context {
  const { io, reporter, interruption } = execution;
  const { signal, interrupt } = interruption;
  return {
    config,
    stores,
    reporter,
    now: () => new Date(),
    prompt: (question) =>
      reporter.pause(async () => {
        const { ask } = await import("./prompt.ts");
        return ask(question, { io, allowed: mayAsk, signal, onInterrupt: interrupt });
      }),
    signal,
    dbctlVersion: io.version,
    env: io.env,
  };
}

/** After a signal every foreign error is a consequence of it. */
function interruptedError(thrown: unknown, interruption: Interruption): DbctlError | null {
  if (interruption.status() === null || thrown instanceof DbctlError) return null;
  return new DbctlError("CANCELLED", "interrupted", { cause: thrown });
}

/** Whoever was interrupted ends with 130 or 143, whatever else applies. */
function withInterruption(status: ExitStatus, interruption: Interruption): ExitStatus {
  const signalled = interruption.status();
  if (signalled === null) return status;
  return status === EXIT.interrupted ? signalled : strongestStatus([status, signalled]);
}
