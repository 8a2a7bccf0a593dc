"""HTTP: the figures for the gateway (`reports`), and ClickHouse's protocol for analysts (`door`)."""
