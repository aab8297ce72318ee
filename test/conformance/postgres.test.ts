import { describe } from "vitest";
import { hasEngine } from "../support/engines.ts";
import { postgresHarness } from "./postgres-harness.ts";
import { conformance } from "./suite.ts";

describe.skipIf(!hasEngine("postgres"))("on the engine", () => conformance("PostgreSQL", postgresHarness()));
