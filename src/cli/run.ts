import { asDbctlError, DbctlError, EXIT, type ExitStatus } from "../errors.ts";
import type { Output } from "../ui/output.ts";
import { execute } from "./execute.ts";
import type { Io } from "./io.ts";
import { createReporter, presentAtOnce, presentOutcome } from "./present.ts";
import type { Invocation } from "./program.ts";
import type { LateRedactor } from "./redactor.ts";
import { watchSignals } from "./signals.ts";
import type { DataCommandSpec } from "./spec.ts";

/** What a run needs of its process. */
export interface Host {
  readonly io: Io;
  readonly output: Output;
  readonly redactor: LateRedactor;
  readonly process: Pick<NodeJS.Process, "on" | "off">;
  /** Ends the process now. */
  readonly exit: (status: ExitStatus) => void;
}

/** Runs a data command from its first line on stderr to its result; the result is written exactly once. */
export async function runCommand(
  invocation: Invocation & { readonly spec: DataCommandSpec },
  host: Host,
): Promise<ExitStatus> {
  const { io, output, redactor } = host;
  const { spec, globals } = invocation;
  const surroundings = { ...globals, io, output, redactor };
  const reporter = createReporter(surroundings);
  let isPresented = false;

  const endNow = (error: DbctlError, exitStatus: ExitStatus) => {
    void reporter.close();
    if (!isPresented) {
      isPresented = true;
      presentAtOnce({ command: spec.path, exitStatus, data: null, error, warnings: [] }, surroundings);
    }
    host.exit(exitStatus);
  };
  const interruption = watchSignals(host.process, {
    onFirst: () => {
      const message = "stopping cleanly; ^C again to stop now";
      if (globals.mode === "human" && !globals.quiet) reporter.note(message);
      else output.say(message);
    },
    onForced: (status) =>
      endNow(new DbctlError("CANCELLED", "stopped before it could finish cleanly"), status),
  });
  const onCrash = (thrown: unknown) => endNow(asDbctlError(thrown), EXIT.failed);
  const onWarning = (warning: Error) => reporter.debug(`${warning.name}: ${warning.message}`);
  host.process.on("uncaughtException", onCrash);
  host.process.on("warning", onWarning);

  if (spec.slow) reporter.begin(spec.path);
  const ended = await execute(invocation, {
    io,
    reporter,
    interruption,
    onSecrets: (secrets) => redactor.use(secrets),
  });
  await reporter.close();
  isPresented = true;
  const outcome = { ...ended, command: spec.path };
  let { exitStatus } = ended;
  try {
    await presentOutcome(outcome, surroundings);
  } catch (thrown) {
    exitStatus = EXIT.failed;
    presentAtOnce({ ...outcome, exitStatus, error: asDbctlError(thrown) }, surroundings);
  }
  interruption.release();
  host.process.off("uncaughtException", onCrash);
  host.process.off("warning", onWarning);
  return exitStatus;
}
