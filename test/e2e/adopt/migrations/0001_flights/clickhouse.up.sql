CREATE TABLE flights (
  ordinal      Int32,
  delay        Int16,
  distance     Int32,
  time         Float64,
  departed_at  DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY ordinal;
