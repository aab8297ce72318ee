-- The newest complete state of every store's history, so that a history that was lost is noticed.
CREATE TABLE :heads (
  store text PRIMARY KEY,
  version text NOT NULL,
  chain text NOT NULL,
  revisions integer NOT NULL
)
