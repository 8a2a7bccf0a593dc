"""KPI reports on ClickHouse, and the SQL door for analysts."""
