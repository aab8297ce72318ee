-- Steps of this store in the order in which they were applied.
CREATE TABLE :history (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  format_version integer NOT NULL,
  version text NOT NULL UNIQUE,
  name text NOT NULL,
  checksum text NOT NULL,
  chain text NOT NULL,
  up_body text NOT NULL,
  down_body text,
  direction text NOT NULL CHECK (direction IN ('up', 'down')),
  statements_total integer NOT NULL,
  statements_applied integer NOT NULL,
  statement_in_flight boolean NOT NULL,
  statement_hashes text[] NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  user_name text NOT NULL,
  host text NOT NULL,
  dbctl_version text NOT NULL,
  error text
)
