"""The embedded stack: Kafka, PostgreSQL and ClickHouse without Docker or root."""
