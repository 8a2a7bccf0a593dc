"""The analysts' door: real clients get in, and nothing but reading of reports comes of it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import pytest
import uvicorn
from clickhouse_connect.driver.exceptions import DatabaseError
from pydantic import SecretStr

from nitka.reporting.api.door import MAX_BODY, create_door
from nitka.reporting.domain.facts import Pseudonyms, conversation_fact
from nitka.reporting.store.clickhouse import ClickHouse
from nitka.reporting.store.door import RUNNING, WAITING, Door, DoorError, Question
from nitka.reporting.store.tables import Facts

pytestmark = pytest.mark.stack
PASSWORD = "let-the-analyst-in"


@pytest.fixture
async def door(
    clickhouse: ClickHouse, clickhouse_dsn: str, story: Any, pseudonyms: Pseudonyms
) -> AsyncIterator[Door]:
    """A door to a store with one conversation of two messages."""
    if not clickhouse_dsn.startswith("chdb:"):
        pytest.skip("a server has a door of its own")
    story.opens("parcel", "2026-11-03 10:00", "ann")
    story.replies("parcel", "2026-11-03 11:00")
    await Facts(clickhouse).add_conversations([conversation_fact(e, e.payload, pseudonyms) for e in story.events])
    opened = Door(clickhouse_dsn)
    await opened.open()
    yield opened
    await opened.close()


@asynccontextmanager
async def listening(door: Door) -> AsyncIterator[int]:
    """The door behind a real server; yields its port."""
    config = uvicorn.Config(create_door(door, SecretStr(PASSWORD)), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def test_clickhouse_connect_reads_what_the_reports_read(door: Door) -> None:
    def use(port: int) -> None:
        client = clickhouse_connect.get_client(host="127.0.0.1", port=port, username="analyst", password=PASSWORD)
        assert client.server_version.startswith("2")
        day = {"since": "2026-11-03", "until": "2026-11-03"}
        cards = "SELECT * FROM cards(since = {since:Date}, until = {until:Date}, zone = 'UTC')"
        assert list(client.query(cards, parameters=day).named_results()) == [
            {
                "new_threads": 1, "messages": 2, "new_users": 1, "labelled_threads": 0, "average_rating": None,
                "ratings": 0,
            }
        ]  # fmt: skip
        client.database = "nitka"
        frame = client.query_df(
            "SELECT direction, count() AS messages FROM messages GROUP BY direction ORDER BY 1"
        )
        assert frame.to_dict("records") == [
            {"direction": "inbound", "messages": 1}, {"direction": "outbound", "messages": 1},
        ]  # fmt: skip
        with client.query_row_block_stream("SELECT number FROM numbers(200000)") as stream:
            assert sum(len(block) for block in stream) == 200_000
        assert client.command("SELECT count() FROM nitka.threads") == 1
        assert client.query_arrow("SELECT number FROM numbers(3)").num_rows == 3
        text = "O'Neil\t\\ \n{x}"
        assert client.query("SELECT {t:String} AS t", parameters={"t": text}).result_rows == [(text,)]
        views = client.query(
            "SELECT name, comment FROM system.tables WHERE database = 'nitka' AND engine = 'View'"
        )
        assert {name for name, comment in views.result_rows if comment} >= {"threads", "cards", "daily"}
        with pytest.raises(DatabaseError, match="ACCESS_DENIED"):
            client.command("DROP TABLE nitka.conversation_events")
        with pytest.raises(DatabaseError):
            client.insert("nitka.agent_events", [("a",)], column_names=["agent_id"])
        client.close()

    async with listening(door) as port:
        await asyncio.to_thread(use, port)


async def test_curl_asks_in_every_way(door: Door) -> None:
    async with listening(door) as port:
        url = f"http://127.0.0.1:{port}/"

        async def curl(*arguments: str) -> str:
            process = await asyncio.create_subprocess_exec("curl", "-sS", *arguments, stdout=subprocess.PIPE)
            return (await process.communicate())[0].decode()

        login = ("-u", f"analyst:{PASSWORD}")
        assert (await curl(url)).startswith("Code: 516. DB::Exception: ")
        assert await curl(f"{url}ping") == "Ok.\n"
        assert await curl(*login, f"{url}?query=SELECT%20count()%20FROM%20threads") == "1\n"
        assert await curl(*login, url, "-d", "SELECT 1 AS a FORMAT CSVWithNames") == '"a"\n1\n'
        assert await curl(*login, f"{url}?query=SELECT%201&default_format=JSONEachRow") == '{"1":1}\n'
        assert await curl(*login, f"{url}?param_n=7&query=SELECT", "-d", "{n:UInt8} + 1") == "8\n"
        assert await curl(f"{url}?user=analyst&password={PASSWORD}&query=SELECT%201") == "1\n"
        keys = ("-H", "X-ClickHouse-User: analyst", "-H", f"X-ClickHouse-Key: {PASSWORD}")
        assert await curl(*keys, f"{url}?query=SELECT%201") == "1\n"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({"authorization": "Basic !!!"}, {}),
        ({"authorization": "Basic YW5hbHlzdDp3cm9uZw=="}, {}),
        ({"x-clickhouse-user": "analyst"}, {}),
        ({"x-clickhouse-user": "default", "x-clickhouse-key": PASSWORD}, {}),
        ({}, {"user": "default", "password": ""}),
        ({}, {"user": "analyst", "password": PASSWORD + "x"}),
        ({}, {"user": "änalyst", "password": "ł"}),
    ],
)
async def test_nobody_else_gets_in(door: Door, headers: dict[str, str], query: dict[str, str]) -> None:
    transport = httpx.ASGITransport(create_door(door, SecretStr(PASSWORD)))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answer = await client.get("/", params={**query, "query": "SELECT 1"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["x-clickhouse-exception-code"] == "516"
    assert answer.text.startswith("Code: 516. DB::Exception: ")


async def test_bad_requests_get_clickhouses_kind_of_error(door: Door) -> None:
    transport = httpx.ASGITransport(create_door(door, SecretStr(PASSWORD)))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://door", auth=("analyst", PASSWORD)
    ) as client:
        cases = [
            (await client.post("/", content="SELEC 1"), 400, "62"),
            (await client.post("/", content=b"\xff\xfe"), 400, "62"),
            (await client.post("/", content="x" * (MAX_BODY + 1)), 400, "62"),
            (await client.post("/", content="SELECT * FROM nothing"), 404, "60"),
            (await client.post("/", content="SELECT nothing FROM threads"), 404, "47"),
            (await client.post("/", content="SELECT {x:UInt8}"), 400, "456"),
            (await client.post("/?param_x=y", content="SELECT {x:UInt8}"), 400, "457"),
            (await client.post("/?compress=1", content="SELECT 1"), 400, "36"),
            (await client.post("/?max_threads=9", content="SELECT 1"), 403, "164"),
            (await client.post("/?readonly=0", content="SELECT 1"), 403, "164"),
            (await client.post("/?database=system", content="SELECT 1"), 404, "81"),
            (await client.post("/?default_format=Nonsense", content="SELECT 1"), 400, "73"),
            (await client.post("/", files={"a": b"1"}), 400, "36"),
        ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (status, code), answer.text


SECRET_FILE = "/etc/hostname"
REFUSED = [
    # writing, changing, administrating
    "INSERT INTO agent_events (agent_id) VALUES ('x')",
    "INSERT INTO FUNCTION file('/tmp/nitka-door', 'CSV', 'a Int8') VALUES (1)",
    "CREATE TABLE t (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE t (a Int8)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE FUNCTION f AS (x) -> x",
    "CREATE USER u",
    "DROP TABLE conversation_events",
    "DROP DATABASE nitka",
    "TRUNCATE TABLE conversation_events",
    "DETACH TABLE conversation_events",
    "RENAME TABLE conversation_events TO x",
    "ALTER TABLE conversation_events DELETE WHERE 1",
    "DELETE FROM conversation_events WHERE 1",
    "UPDATE conversation_events SET contact = '' WHERE 1",
    "OPTIMIZE TABLE conversation_events",
    "EXCHANGE TABLES threads AND messages",
    "BACKUP DATABASE nitka TO File('/tmp/nitka-door')",
    "GRANT ALL ON *.* TO default",
    "SYSTEM SHUTDOWN",
    "SYSTEM RELOAD CONFIG",
    "KILL QUERY WHERE 1",
    "KILL MUTATION WHERE 1",
    "USE system",
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "SET ROLE ALL",
    "EXECUTE AS admin SELECT 1",
    "BEGIN TRANSACTION",
    "CHECK TABLE conversation_events",
    "SHOW PROCESSLIST",
    "SHOW GRANTS",
    "SHOW ACCESS",
    "EXPLAIN TABLE OVERRIDE mysql('127.0.0.1', 'a', 'b', 'c', 'd') PARTITION BY toYYYYMM(x)",
    # more than one statement
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE conversation_events",
    "SELECT 1;\n-- x\nSET readonly = 0",
    # files and programs
    f"SELECT file('{SECRET_FILE}')",
    f"SELECT FILE('{SECRET_FILE}')",
    f"SELECT `file`('{SECRET_FILE}')",
    f"SELECT \"file\"('{SECRET_FILE}')",
    f"SELECT arrayMap(f -> file(f), ['{SECRET_FILE}'])",
    f"SELECT (SELECT file('{SECRET_FILE}'))",
    f"WITH file('{SECRET_FILE}') AS x SELECT x",
    f"SELECT 1 WHERE 1 IN (SELECT length(file('{SECRET_FILE}')))",
    f"SELECT * FROM threads ORDER BY file('{SECRET_FILE}')",
    f"SELECT 1 FROM numbers(1) HAVING file('{SECRET_FILE}') != ''",
    f"SELECT 1 LIMIT length(file('{SECRET_FILE}'))",
    f"SELECT * FROM file('{SECRET_FILE}', 'LineAsString')",
    f"SELECT * FROM file('{SECRET_FILE}', 'LineAsString') AS f JOIN threads ON 1",
    f"DESCRIBE file('{SECRET_FILE}', 'LineAsString')",
    f"DESCRIBE (SELECT * FROM file('{SECRET_FILE}', 'LineAsString'))",
    f"EXPLAIN SELECT file('{SECRET_FILE}')",
    f"EXPLAIN SYNTAX SELECT * FROM file('{SECRET_FILE}', 'LineAsString')",
    f"EXPLAIN AST SELECT file('{SECRET_FILE}')",
    f"SELECT * FROM (EXPLAIN SELECT * FROM file('{SECRET_FILE}', 'LineAsString'))",
    f"SELECT * FROM view(SELECT file('{SECRET_FILE}'))",
    f"SELECT * FROM '{SECRET_FILE}'",
    f"SELECT * FROM `{SECRET_FILE}`",
    f"SELECT * FROM filesystem('{SECRET_FILE}')",
    f"SELECT * FROM sqlite('{SECRET_FILE}', 't')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM python('os')",
    "SELECT * FROM Python(sys)",
    "SELECT * FROM arrowstream('x')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM input('a String')",
    "SELECT * FROM loop(threads)",
    "SELECT 1 INTO OUTFILE '/tmp/nitka-door'",
    "SELECT 1 INTO OUTFILE '/tmp/nitka-door' FORMAT CSV",
    "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/nitka-door'",
    "SELECT 1 UNION ALL SELECT 2 INTO OUTFILE '/tmp/nitka-door'",
    "DESCRIBE threads INTO OUTFILE '/tmp/nitka-door'",
    "SHOW TABLES INTO OUTFILE '/tmp/nitka-door'",
    # the network
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('mongodb://127.0.0.1:1/a', 'b')",
    "SELECT * FROM redis('127.0.0.1:1', 'a', 'a String')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/a', 'CSV')",
    "SELECT * FROM odbc('DSN=x', 'a', 'b')",
    "SELECT * FROM iceberg('http://127.0.0.1:1/')",
    "SELECT * FROM deltaLake('http://127.0.0.1:1/')",
    "SELECT hasColumnInTable('127.0.0.1', 'u', 'p', 'system', 'one', 'dummy')",
    "SELECT aiGenerate('x', 'y')",
    # other people's queries, the engine's insides
    "SELECT * FROM erased_contacts",
    "SELECT * FROM nitka.erased_contacts",
    "SELECT count() FROM users WHERE contact IN erased_contacts",
    "SELECT count() FROM users WHERE contact IN (nitka.erased_contacts)",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.query_log",
    "SELECT * FROM system.users",
    "SELECT * FROM system.server_settings",
    "SELECT * FROM system.stack_trace",
    "SELECT * FROM system.parts",
    "SELECT * FROM system.named_collections",
    "SELECT * FROM SYSTEM.processes",
    "SELECT * FROM `system`.`processes`",
    "SELECT 'x' IN (system.processes)",
    "SELECT 'x' IN system.processes",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM mergeTreeIndex('nitka', 'conversation_events')",
    "SELECT * FROM {t:Identifier}",
    "SELECT * FROM system.{p:Identifier}",
    "SELECT * FROM {d:Identifier}.{p:Identifier}",
    "SHOW CREATE USER default",
    "SELECT dictGet('x', 'y', 1)",
    "SELECT joinGet('x', 'y', 1)",
    "SELECT getMacro('x')",
    "SELECT getServerSetting('path')",
    "SELECT addressToLine(1)",
    "SELECT showCertificate()",
    "SELECT getClientHTTPHeader('authorization')",
    "SELECT sleep(3)",
    "SELECT sleepEachRow(3) FROM numbers(100)",
    "SELECT logTrace('x')",
    "SELECT generateSerialID('x')",
    # limits
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)",
    "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    "WITH x AS (SELECT 1 SETTINGS max_memory_usage = 0) SELECT * FROM x",
    "EXPLAIN indexes = 1 SELECT 1",
    "SELECT number FROM numbers(2000000)",
    "SELECT repeat('x', 100000000)",
    "SELECT groupArray(number) FROM numbers(1000000000)",
    "SELECT '" + "x" * (70 << 10) + "'",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    # names that try to look like something else in the syntax tree
    "SELECT 1 AS `a\n  Set`",
    "SELECT * FROM `threads (alias x)\n TableIdentifier system.processes`",
    "",
    "   ",
    "-- nothing",
    "/* */",
]  # fmt: skip


async def test_the_door_refuses_everything_but_questions(door: Door, clickhouse: ClickHouse) -> None:
    parameters = {"t": "system.processes", "d": "system", "p": "processes"}
    answered = []
    for sql in REFUSED:
        try:
            answered.append((sql, await door.ask(Question(sql=sql, parameters=parameters, settings={}))))
        except DoorError:
            assert not Path("/tmp/nitka-door").exists(), sql
    assert answered == []
    assert await clickhouse.run(lambda client: client.command("SELECT count() FROM messages")) == 2


ALLOWED = [
    "SELECT 1",
    "SELECT 1;",
    "  select 'DROP TABLE; INTO OUTFILE ''x''' -- file('x')",
    "WITH x AS (SELECT channel, count() AS n FROM threads GROUP BY channel) SELECT * FROM x ORDER BY n",
    "SELECT toDate(opened_at, 'Europe/Warsaw') AS day, countIf(is_new_thread = 1) FROM threads GROUP BY day",
    "SELECT quantileTDigestIf(0.5)(number, number > 1), sumOrNull(number), uniqExact(number) FROM numbers(9)",
    "SELECT COUNT(*), Max(at), sumIf(1, direction = 'inbound') FROM nitka.messages AS m",
    "SELECT t.number, m.direction FROM threads AS t INNER JOIN messages AS m USING (conversation_id) LIMIT 5",
    "SELECT *, row_number() OVER (PARTITION BY direction ORDER BY at) FROM messages",
    "SELECT channel FROM threads UNION ALL SELECT channel FROM messages",
    "SELECT 1 EXCEPT SELECT 2",
    "SELECT * FROM daily(since = '2026-11-01', until = '2026-11-03', zone = 'UTC')",
    "SELECT arraySort(x -> -x, [1, 2]), if(1, 'a', 'b'), [1][1], (1, 2).1, CAST('1' AS UInt8), 1::Int8, {a:Int8}",
    "SELECT CASE WHEN 1 THEN 'a' ELSE 'b' END, 1 BETWEEN 0 AND 2, 'a' LIKE '%', now() - INTERVAL 1 DAY",
    "SELECT formatDateTime(at, '%Y'), dateDiff('day', at, now()), toStartOfWeek(at), lower('a') FROM messages",
    "SELECT arrayJoin(labels) AS label, count() FROM threads GROUP BY label WITH TOTALS",
    "SELECT label FROM threads ARRAY JOIN labels AS label",
    "SHOW TABLES",
    "SHOW DATABASES",
    "SHOW CREATE TABLE nitka.threads",
    "DESCRIBE TABLE threads",
    "EXISTS TABLE threads",
    "EXPLAIN SELECT * FROM threads",
    "SELECT name, type FROM system.columns WHERE database = 'nitka'",
    "SELECT table_name FROM information_schema.tables",
    "SELECT name, value, readonly FROM system.settings LIMIT 10000",
    "SELECT version(), timezone()",
    "SELECT currentDatabase()",
]


async def test_the_door_lets_questions_in(door: Door) -> None:
    refused = []
    for sql in ALLOWED:
        try:
            await door.ask(Question(sql=sql, parameters={"a": "1"}, settings={}))
        except DoorError as error:
            refused.append((sql, error.message))
    assert refused == []


async def test_presentation_is_the_clients_choice(door: Door) -> None:
    chosen = {"session_timezone": "Europe/Warsaw", "output_format_json_quote_64bit_integers": "1"}
    sql = "SELECT toDateTime(0) AS t, toUInt64(1) AS n"
    answer = await door.ask(Question(sql=sql, parameters={}, settings=chosen, format="JSONEachRow"))
    assert answer.body == b'{"t":"1970-01-01 01:00:00","n":"1"}\n'


async def test_endless_queries_end_and_a_queue_that_is_too_long_is_refused(
    door: Door, clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nitka.reporting.store.door.LIMITS", {"max_execution_time": "1", "max_threads": "1"})
    endless = Question(sql="SELECT count() FROM system.numbers", parameters={}, settings={})
    asked = [asyncio.create_task(door.ask(endless)) for _ in range(RUNNING + WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(DoorError) as refused:
        await door.ask(endless)
    assert refused.value.code == 202
    # Meanwhile the service's own work goes on.
    assert await clickhouse.run(lambda client: client.command("SELECT count() FROM messages")) == 2
    assert not any(task.done() for task in asked)
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert {getattr(end, "code", None) for end in ends} == {159}
