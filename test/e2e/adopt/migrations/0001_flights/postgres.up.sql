CREATE TABLE flights (
  ordinal      integer PRIMARY KEY,
  delay        smallint NOT NULL,
  distance     integer NOT NULL,
  "time"       double precision NOT NULL,
  departed_at  timestamptz NOT NULL
);
