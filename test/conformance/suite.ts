/** One suite for every store: what src/stores/store.ts promises, tried on the engine itself. */
import { describe } from "vitest";
import { Bench } from "./bench.ts";
import type { Harness } from "./harness.ts";
import { cancellationTests } from "./suite/cancellation.ts";
import { collectionTests } from "./suite/collections.ts";
import { keyTests } from "./suite/keys.ts";
import { lifecycleTests } from "./suite/lifecycle.ts";
import { lockTests } from "./suite/locks.ts";
import { migrationTests } from "./suite/migrations.ts";
import { outageTests } from "./suite/outages.ts";
import { pressureTests } from "./suite/pressure.ts";
import { snapshotTests } from "./suite/snapshots.ts";
import { vectorTests } from "./suite/vectors.ts";
import { writeTests } from "./suite/writes.ts";

/** Each part's tests begin with its name: `vectors: …`. */
export function conformance(label: string, harness: Harness): void {
  describe(`conformance of ${label}`, () => {
    const bench = new Bench(harness);
    vectorTests(bench);
    keyTests(bench);
    collectionTests(bench);
    writeTests(bench);
    snapshotTests(bench);
    migrationTests(bench);
    lockTests(bench);
    cancellationTests(bench);
    lifecycleTests(bench);
    outageTests(bench);
    pressureTests(bench);
  });
}
