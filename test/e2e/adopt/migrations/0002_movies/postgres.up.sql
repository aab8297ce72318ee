CREATE TABLE movies (
  ordinal                 integer PRIMARY KEY,
  title                   text,
  us_gross                bigint,
  worldwide_gross         bigint,
  us_dvd_sales            bigint,
  production_budget       bigint,
  release_date            text,
  mpaa_rating             varchar(20),
  running_time_minutes    smallint,
  distributor             text,
  based_on                text,
  major_genre             text,
  creative_type           text,
  director                text,
  rotten_tomatoes_rating  smallint,
  imdb_rating             numeric(3, 1),
  imdb_votes              integer
);
