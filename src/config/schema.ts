import * as v from "valibot";
import { TLS_MODES } from "./connection/draft.ts";
import { DURATION_GRAMMAR, parseDuration } from "./duration.ts";
import { checkShape, type Report } from "./shape.ts";

const text = v.pipe(v.string("is not a text"), v.nonEmpty("is empty"));
const flag = v.boolean("is neither true nor false");
const duration = v.pipe(
  v.string(`is not ${DURATION_GRAMMAR}`),
  v.check(isPositiveDuration, `is not ${DURATION_GRAMMAR}`),
);
const count = v.pipe(
  v.number("is not a number"),
  v.integer("is not a whole number"),
  v.minValue(1, "is less than 1"),
  v.maxValue(1000, "is more than 1000"),
);

const tls = v.union(
  [
    v.boolean(),
    v.picklist(TLS_MODES),
    v.strictObject({
      mode: v.optional(v.picklist(TLS_MODES)),
      ca: v.optional(text),
      cert: v.optional(text),
      key: v.optional(text),
    }),
  ],
  `is none of: true, false, ${TLS_MODES.join(", ")}, { mode, ca, cert, key } (files)`,
);

const storeSettings = {
  url: v.optional(text),
  namespace: v.optional(text),
  poolSize: v.optional(count),
  connectTimeout: v.optional(duration),
  statementTimeout: v.optional(duration),
  optional: v.optional(flag),
  tls: v.optional(tls),
};

const stores = v.object(
  {
    postgres: v.optional(v.object({ ...storeSettings, schema: v.optional(text) }, "is not an object")),
    clickhouse: v.optional(v.object(storeSettings, "is not an object")),
  },
  "is not an object",
);

const folder = v.object({ dir: v.optional(text) }, "is not an object");
const everywhere = {
  namespace: v.optional(text),
  stores: v.optional(stores),
  migrations: v.optional(folder),
  seeds: v.optional(folder),
};
const overrides = v.optional(v.object(everywhere, "is not an object"));

const configuration = v.object(
  {
    name: v.pipe(
      v.string("is not a text"),
      v.check(isProjectName, "is not 1 to 63 letters, digits, spaces, or . _ -"),
    ),
    ...everywhere,
    environments: v.optional(
      v.object(
        { development: overrides, testing: overrides, staging: overrides, production: overrides },
        "is not an object",
      ),
    ),
    /** Checked by src/config/entities.ts. */
    entities: v.optional(v.array(v.unknown(), "is not a list")),
  },
  "the configuration is not an object",
);

/** A configuration whose shape was checked; entities excepted. */
export type RawConfig = v.InferOutput<typeof configuration>;
export type RawStore = NonNullable<NonNullable<RawConfig["stores"]>["postgres"]>;

/** Checks shape and names of everything but the entities. Null when there are faults, all of which are reported. */
export function parseShape(input: unknown, report: Report): RawConfig | null {
  return checkShape(configuration, input, "", report);
}

function isProjectName(value: string): boolean {
  return /^[A-Za-z0-9][\w .-]{0,62}$/.test(value) || /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u.test(value);
}

function isPositiveDuration(value: string): boolean {
  const durationMs = parseDuration(value);
  return durationMs !== null && durationMs > 0;
}
