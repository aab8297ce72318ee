import { DbctlError } from "../errors.ts";

/** One thing that is wrong with the configuration. */
export interface Fault {
  /** Dotted path of the setting, `stores.postgres.poolSize`, or the name of the variable. */
  readonly path: string;
  /** What is wrong, and why; never a secret. */
  readonly message: string;
  /** `dbctl.config.ts`, `.env:3`, `environment`, `--env`. */
  readonly origin: string;
  /** What to write instead. */
  readonly suggestion?: string | undefined;
}

/** Collects what is wrong, so that one run reports all of it. */
export class Faults {
  readonly list: Fault[] = [];

  add(fault: Fault): void {
    this.list.push(fault);
  }

  /** @throws CONFIG_INVALID that lists every fault, with `data.faults` */
  throwIfAny(): void {
    if (this.list.length === 0) return;
    const lines = this.list.map((fault) => `  ${formatFault(fault)}`);
    const count = lines.length === 1 ? "a fault" : `${lines.length} faults`;
    throw new DbctlError("CONFIG_INVALID", `the configuration has ${count}:\n${lines.join("\n")}`, {
      data: { faults: this.list },
    });
  }
}

function formatFault(fault: Fault): string {
  const suggestion = fault.suggestion === undefined ? "" : ` (${fault.suggestion})`;
  return `${fault.origin}: ${fault.path}: ${fault.message}${suggestion}`;
}

/** `did you mean "poolSize"?` for the candidate closest to `name`, or begun by it; undefined when there is none. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  best ??= candidates.find((candidate) => isBegun(candidate, name));
  return best === undefined ? undefined : `did you mean "${best}"?`;
}

function isBegun(candidate: string, name: string): boolean {
  return name.length >= 3 && candidate.toLowerCase().startsWith(name.toLowerCase());
}

/** Insertions, deletions, changes and swaps of neighbours that turn `a` into `b`; `limit` when it is more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(at(last, b.length), limit);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
