import type { Random } from "../../support/random.ts";

/** What verify-consistency has to say about one key. */
export interface Planted {
  readonly entity: "flights" | "movies";
  readonly ordinal: number;
  readonly kind: "missing" | "extra" | "different" | "duplicate";
  /** Fields that differ; empty unless `kind` is different. */
  readonly columns: readonly string[];
}

export interface Engines {
  /** Runs one statement and waits until its effect is there; returns TSV. */
  clickhouse(sql: string): Promise<string>;
  postgres(sql: string): Promise<void>;
}

const FLIGHTS = 200_000;
const MOVIES = 3_201;

interface Kind {
  readonly entity: Planted["entity"];
  readonly kind: Planted["kind"];
  readonly columns: readonly string[];
  /** Rows of the copy that the difference can be planted in; any when left out. */
  readonly among?: string;
  readonly plant: (ordinal: number, engines: Engines) => Promise<unknown>;
}

function update(entity: Planted["entity"], assignments: string) {
  return (ordinal: number, { clickhouse }: Engines) =>
    clickhouse(`ALTER TABLE ${entity} UPDATE ${assignments} WHERE ordinal = ${ordinal}`);
}

function remove(entity: Planted["entity"]) {
  return (ordinal: number, { clickhouse }: Engines) =>
    clickhouse(`DELETE FROM ${entity} WHERE ordinal = ${ordinal}`);
}

/** Everything that somebody's careless hand or a lossy conversion may do to a copy. */
const KINDS: readonly Kind[] = [
  {
    entity: "movies",
    kind: "different",
    columns: ["director"],
    among: "director IS NULL",
    plant: update("movies", "director = ''"),
  },
  {
    entity: "movies",
    kind: "different",
    columns: ["distributor"],
    among: "distributor IS NOT NULL",
    plant: update("movies", "distributor = NULL"),
  },
  {
    entity: "movies",
    kind: "different",
    columns: ["title"],
    among: "title IS NOT NULL",
    plant: update("movies", "title = concat(title, ' ')"),
  },
  {
    entity: "movies",
    kind: "different",
    columns: ["title"],
    among: "match(title, '[^\\\\x00-\\\\x7F]')",
    plant: update("movies", "title = replaceRegexpOne(title, '([^\\\\x00-\\\\x7F])', '\\\\1\u0301')"),
  },
  {
    entity: "movies",
    kind: "different",
    columns: ["imdbRating"],
    among: "imdb_rating IS NOT NULL",
    plant: update("movies", "imdb_rating = imdb_rating + toDecimal32('0.1', 1)"),
  },
  {
    entity: "movies",
    kind: "different",
    columns: ["usGross", "imdbVotes"],
    among: "us_gross IS NOT NULL AND imdb_votes IS NOT NULL",
    plant: update("movies", "us_gross = us_gross + 1, imdb_votes = imdb_votes + 1"),
  },
  { entity: "movies", kind: "missing", columns: [], plant: remove("movies") },
  {
    entity: "movies",
    kind: "extra",
    columns: [],
    plant: (ordinal, { clickhouse }) =>
      clickhouse(
        `INSERT INTO movies SELECT ${MOVIES + ordinal} AS ordinal, * EXCEPT ordinal FROM movies FINAL WHERE ordinal = ${ordinal} SETTINGS prefer_column_name_to_alias = 1`,
      ),
  },
  {
    entity: "flights",
    kind: "different",
    columns: ["time"],
    plant: async (ordinal, { clickhouse, postgres }) => {
      await postgres(`UPDATE flights SET "time" = 0.3 WHERE ordinal = ${ordinal}`);
      await clickhouse(`ALTER TABLE flights UPDATE time = 0.1 + 0.2 WHERE ordinal = ${ordinal}`);
    },
  },
  {
    entity: "flights",
    kind: "different",
    columns: ["departedAt"],
    plant: update("flights", "departed_at = departed_at + INTERVAL 1 MICROSECOND"),
  },
  {
    entity: "flights",
    kind: "different",
    columns: ["delay"],
    plant: update("flights", "delay = -delay - 1"),
  },
  { entity: "flights", kind: "missing", columns: [], plant: remove("flights") },
  {
    entity: "flights",
    kind: "extra",
    columns: [],
    plant: (ordinal, { clickhouse }) =>
      clickhouse(
        `INSERT INTO flights SELECT -1 - ${ordinal} AS ordinal, * EXCEPT ordinal FROM flights WHERE ordinal = ${ordinal} SETTINGS prefer_column_name_to_alias = 1`,
      ),
  },
  {
    entity: "flights",
    kind: "duplicate",
    columns: [],
    plant: (ordinal, { clickhouse }) =>
      clickhouse(`INSERT INTO flights SELECT * FROM flights WHERE ordinal = ${ordinal}`),
  },
];

/** Plants `count` differences, each kind at least once when `count` allows, each in a row of its own. */
export async function plantDifferences(count: number, random: Random, engines: Engines): Promise<Planted[]> {
  const taken = new Set<string>();
  const planted: Planted[] = [];
  for (let index = 0; index < count; index++) {
    const kind = KINDS[index < KINDS.length ? index : random.integer(0, KINDS.length - 1)];
    if (kind === undefined) continue;
    const ordinal = await pickRow(kind, random, engines, taken);
    taken.add(`${kind.entity}:${ordinal}`);
    await kind.plant(ordinal, engines);
    planted.push({
      entity: kind.entity,
      ordinal: kind.kind === "extra" ? extraOrdinal(kind.entity, ordinal) : ordinal,
      kind: kind.kind,
      columns: kind.columns,
    });
  }
  return planted;
}

function extraOrdinal(entity: Planted["entity"], ordinal: number): number {
  return entity === "movies" ? MOVIES + ordinal : -1 - ordinal;
}

async function pickRow(
  kind: Kind,
  random: Random,
  engines: Engines,
  taken: ReadonlySet<string>,
): Promise<number> {
  const rows = kind.entity === "movies" ? MOVIES : FLIGHTS;
  for (;;) {
    const from = random.integer(0, rows - 1);
    const text = await engines.clickhouse(
      `SELECT ordinal FROM ${kind.entity} WHERE ordinal >= ${from} AND ordinal < ${rows} AND (${kind.among ?? "1"}) ORDER BY ordinal LIMIT 1`,
    );
    const ordinal = Number(text);
    if (text !== "" && !taken.has(`${kind.entity}:${ordinal}`)) return ordinal;
  }
}
