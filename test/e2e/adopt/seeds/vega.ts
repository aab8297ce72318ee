import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineSeed, type SeedContext, type SeedRow } from "dbctl";

interface Flight {
  readonly delay: number;
  readonly distance: number;
  /** Hour of the day. */
  readonly time: number;
}

type Movie = Readonly<Record<string, string | number | null>>;

/** The package exports nothing but its index; the data lies beside it. */
function load<T>(file: string): readonly T[] {
  const index = createRequire(import.meta.url).resolve("vega-datasets");
  return JSON.parse(readFileSync(join(dirname(index), "../data", file), "utf8"));
}

function* flights(_context: SeedContext): Iterable<SeedRow> {
  const midnightMs = Date.UTC(2001, 0, 1);
  let ordinal = 0;
  for (const { delay, distance, time } of load<Flight>("flights-200k.json")) {
    yield { ordinal, delay, distance, time, departedAt: new Date(midnightMs + Math.round(time * 3_600_000)) };
    ordinal++;
  }
}

function* movies(_context: SeedContext): Iterable<SeedRow> {
  let ordinal = 0;
  for (const movie of load<Movie>("movies.json")) {
    const title = movie.Title;
    yield {
      ordinal,
      // Nine titles are numbers in the data: 1776, 2012, …
      title: title === null || title === undefined ? null : String(title),
      usGross: movie["US Gross"],
      worldwideGross: movie["Worldwide Gross"],
      usDvdSales: movie["US DVD Sales"],
      productionBudget: movie["Production Budget"],
      releaseDate: movie["Release Date"],
      mpaaRating: movie["MPAA Rating"],
      runningTimeMinutes: movie["Running Time min"],
      distributor: movie.Distributor,
      basedOn: movie.Source,
      majorGenre: movie["Major Genre"],
      creativeType: movie["Creative Type"],
      director: movie.Director,
      rottenTomatoesRating: movie["Rotten Tomatoes Rating"],
      imdbRating: movie["IMDB Rating"] === null ? null : String(movie["IMDB Rating"]),
      imdbVotes: movie["IMDB Votes"],
    };
    ordinal++;
  }
}

export default defineSeed({
  name: "vega",
  entities: { flights: { rows: flights }, movies: { rows: movies } },
});
