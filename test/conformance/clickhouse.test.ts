import { describe } from "vitest";
import { hasEngine } from "../support/engines.ts";
import { clickhouseHarness } from "./clickhouse-harness.ts";
import { conformance } from "./suite.ts";

describe.skipIf(!hasEngine("clickhouse"))("on the engine", () =>
  conformance("ClickHouse", clickhouseHarness()),
);
