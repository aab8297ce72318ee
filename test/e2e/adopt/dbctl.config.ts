import { clickhouse, defineConfig, entity, postgres, t } from "dbctl";

/** A layer that dbctl knows nothing of: public data sets, in both stores. */
export default defineConfig({
  name: "vega",
  stores: { postgres: {}, clickhouse: {} },
  entities: [
    entity("flights", {
      key: ["ordinal"],
      fields: {
        ordinal: t.int(),
        delay: t.int(),
        distance: t.int(),
        time: t.float(),
        departedAt: t.timestamp(),
      },
      source: postgres("flights"),
      copies: [clickhouse("flights")],
    }),
    entity("movies", {
      key: ["ordinal"],
      fields: {
        ordinal: t.int(),
        title: t.text(),
        usGross: t.int(),
        worldwideGross: t.int(),
        usDvdSales: t.int(),
        productionBudget: t.int(),
        releaseDate: t.text(),
        mpaaRating: t.text(),
        runningTimeMinutes: t.int(),
        distributor: t.text(),
        basedOn: t.text(),
        majorGenre: t.text(),
        creativeType: t.text(),
        director: t.text(),
        rottenTomatoesRating: t.int(),
        imdbRating: t.decimal(3, 1),
        imdbVotes: t.int(),
      },
      source: postgres("movies"),
      copies: [clickhouse("movies")],
    }),
  ],
});
