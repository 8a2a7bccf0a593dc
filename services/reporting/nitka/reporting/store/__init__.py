"""ClickHouse: the client, the tables, the documented views and the analysts' handles."""
