CREATE TABLE movies (
  ordinal                 Int32,
  title                   Nullable(String),
  us_gross                Nullable(Int64),
  worldwide_gross         Nullable(Int64),
  us_dvd_sales            Nullable(Int64),
  production_budget       Nullable(Int64),
  release_date            Nullable(String),
  mpaa_rating             LowCardinality(Nullable(String)),
  running_time_minutes    Nullable(UInt16),
  distributor             LowCardinality(Nullable(String)),
  based_on                Nullable(String),
  major_genre             Nullable(String),
  creative_type           Nullable(String),
  director                Nullable(String),
  rotten_tomatoes_rating  Nullable(UInt8),
  imdb_rating             Nullable(Decimal(3, 1)),
  imdb_votes              Nullable(UInt32)
)
ENGINE = ReplacingMergeTree
ORDER BY ordinal;
