"""What machines we lean on: Redis, Postgres, keys, streams, loops, metrics, logs. Knows no exam."""
