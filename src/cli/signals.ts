import { EXIT, type ExitStatus } from "../errors.ts";

/** How long a run may take to finish cleanly after the first signal. */
const GRACE_MS = 10_000;

export interface Interruption {
  /** Aborts at the first ^C or SIGTERM. */
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came; null before. */
  status(): ExitStatus | null;
  /** The same as a ^C. */
  interrupt(): void;
  /** Takes the handlers away: a signal then ends the process as it would without us. */
  release(): void;
}

interface Handlers {
  /** Called once, at the first signal. */
  readonly onFirst: () => void;
  /** Called when the run must end now: at the second signal, or `GRACE_MS` after the first. */
  readonly onForced: (status: ExitStatus) => void;
}

type SignalSource = Pick<NodeJS.Process, "on" | "off">;

/** Turns the first ^C or SIGTERM into an abort, the second into an end. */
export function watchSignals(source: SignalSource, handlers: Handlers, graceMs = GRACE_MS): Interruption {
  const controller = new AbortController();
  let status: ExitStatus | null = null;
  let timer: NodeJS.Timeout | undefined;
  const receive = (received: ExitStatus) => {
    if (status !== null) {
      handlers.onForced(received);
      return;
    }
    status = received;
    handlers.onFirst();
    timer = setTimeout(() => handlers.onForced(received), graceMs);
    controller.abort();
  };
  const onInterrupt = () => receive(EXIT.interrupted);
  const onTerminate = () => receive(EXIT.terminated);
  source.on("SIGINT", onInterrupt);
  source.on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    status: () => status,
    interrupt: onInterrupt,
    release() {
      clearTimeout(timer);
      source.off("SIGINT", onInterrupt);
      source.off("SIGTERM", onTerminate);
    },
  };
}
