"""The analysts' handles on the embedded engine: every statement gets a fresh one, limited and read-only.

Handles of one process run side by side, so an analyst's query takes a core at most and never the consumer's turn.
A server instead of the embedded engine has users, grants and quotas of its own: analysts then use its address.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import chdb

from nitka.reporting.domain.sql import DATABASE, Function, Refused, Rules, rules
from nitka.reporting.store.views import VIEWS

RUNNING, WAITING = 2, 8
"""Statements that run at once, and how many more may wait for their turn."""

LIMITS: Mapping[str, str] = {
    "max_execution_time": "30",
    "timeout_before_checking_execution_speed": "0",
    "max_threads": "1",
    "max_memory_usage": str(384 << 20),
    "max_result_rows": "1000000",
    "max_result_bytes": str(64 << 20),
    "result_overflow_mode": "throw",
    "max_query_size": str(64 << 10),
    # Nothing of a query may go to the disk.
    "max_bytes_ratio_before_external_group_by": "0",
    "max_bytes_ratio_before_external_sort": "0",
    "allow_ddl": "0",
    "allow_introspection_functions": "0",
}
PRESENTATION = frozenset(
    {
        "cast_string_to_dynamic_use_inference",
        "date_time_input_format",
        "date_time_output_format",
        "join_use_nulls",
        "output_format_json_quote_64bit_integers",
        "output_format_json_quote_decimals",
        "output_format_native_write_json_as_string",
        "session_timezone",
    }
)
"""Settings that a client may choose with a request: they change how values look, nothing else."""

ACCESS_DENIED, SYNTAX_ERROR, READONLY, TOO_MANY_QUERIES, UNKNOWN_DATABASE = 497, 62, 164, 202, 81
_ENGINE_ERROR = re.compile(r"Code: (\d+)\. DB::Exception: (.*)", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`", re.DOTALL)
_FORMAT = re.compile(r"\bFORMAT (\w+)\s*(?:SETTINGS\b|$)")


class DoorError(Exception):
    """A statement was refused or failed. `code` is ClickHouse's error code, `message` is for the analyst."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Question:
    """One statement. `parameters` are in ClickHouse's text form; `format` is used unless the SQL names one."""

    sql: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    format: str = "TabSeparated"
    database: str = DATABASE


@dataclass(frozen=True)
class Answer:
    body: bytes
    format: str
    rows: int
    seconds: float


class Door:
    """Answers analysts' questions from the embedded engine. `open` before use, `close` at the end."""

    def __init__(self, dsn: str) -> None:
        # The engine compares paths as text; this is how clickhouse-connect writes them.
        self._path = os.path.realpath(urlsplit(dsn).path)
        self._threads = ThreadPoolExecutor(max_workers=RUNNING, thread_name_prefix="door")
        self._pending = 0
        self._rules: Rules | None = None
        self._formats: frozenset[str] = frozenset()
        self.version = self.timezone = ""

    async def open(self) -> None:
        """Learn the engine's functions and formats. The engine must be running in this process."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._learn)

    async def close(self) -> None:
        """Wait for what runs (it is limited) and let go of the engine."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def ask(self, question: Question) -> Answer:
        """The answer. Raises DoorError."""
        if self._pending >= RUNNING + WAITING:
            raise DoorError(TOO_MANY_QUERIES, "Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)")
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, question)
        finally:
            self._pending -= 1

    def _learn(self) -> None:
        handle = chdb.connect(self._path)
        try:
            functions = _rows(
                handle,
                "SELECT name, is_aggregate, categories, alias_to FROM system.functions WHERE origin = 'System'",
            )
            self._rules = rules(
                [Function(n, aggregate == "1", category, alias) for n, aggregate, category, alias in functions],
                {name for (name,) in _rows(handle, "SELECT name FROM system.table_functions")},
                [name for (name,) in _rows(handle, "SELECT name FROM system.aggregate_function_combinators")],
                {v.name for v in VIEWS if v.parameters},
            )
            formats = _rows(handle, "SELECT name FROM system.formats WHERE is_output")
            self._formats = frozenset(name for (name,) in formats)
            self.version, self.timezone = _rows(handle, "SELECT version(), timezone()")[0]
        finally:
            handle.close()

    def _ask(self, question: Question) -> Answer:
        if question.database not in (DATABASE, "default"):
            raise DoorError(UNKNOWN_DATABASE, f"There is one database here: {DATABASE}. (UNKNOWN_DATABASE)")
        handle = chdb.connect(self._path)
        try:
            handle.query(f"USE {DATABASE}")
            _set(handle, {**_presentation(question.settings), **LIMITS})
            handle.query("SET readonly = 1")
            return self._answer(handle, question)
        except Refused as error:
            raise DoorError(ACCESS_DENIED, f"analyst: {error}. (ACCESS_DENIED)") from error
        except RuntimeError as error:
            raise _engine_error(error) from error
        finally:
            handle.close()

    def _answer(self, handle: chdb.state.sqlitelike.Connection, question: Question) -> Answer:
        """Check the statement as the engine itself writes it down, and run exactly that."""
        escaped = question.sql.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
        sql = handle.query("SELECT formatQuery({q:String})", "TSVRaw", params={"q": escaped}).bytes().decode()
        outline = _QUOTED.sub("", sql).strip()
        if "INTO OUTFILE" in outline:
            raise Refused("INTO OUTFILE is not available here")
        named = _FORMAT.search(outline)
        output = named.group(1) if named else question.format
        if output not in self._formats:
            raise DoorError(73, f"Unknown format {output}. (UNKNOWN_FORMAT)")
        parameters = dict(question.parameters)
        tree = handle.query(f"EXPLAIN AST {sql}", "TSVRaw", params=parameters).bytes().decode("utf-8", "replace")
        if self._rules is None:
            raise Refused("the door is not open yet")
        self._rules.check(tree)
        result = handle.query(sql, output, params=parameters)
        return Answer(result.bytes() or b"", output, result.rows_read(), result.elapsed())


def _rows(handle: chdb.state.sqlitelike.Connection, sql: str) -> list[list[str]]:
    return [line.split("\t") for line in handle.query(sql, "TSVRaw").bytes().decode().splitlines()]


def _presentation(settings: Mapping[str, str]) -> dict[str, str]:
    for name in settings:
        if name not in PRESENTATION:
            raise DoorError(READONLY, f"Cannot modify '{name}' setting in readonly mode. (READONLY)")
    return dict(settings)


def _set(handle: chdb.state.sqlitelike.Connection, settings: Mapping[str, str]) -> None:
    def quoted(value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    handle.query("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items()))


def _engine_error(error: RuntimeError) -> DoorError:
    found = _ENGINE_ERROR.search(str(error))
    if found is None:
        return DoorError(1002, "The query failed. (UNKNOWN_EXCEPTION)")
    return DoorError(int(found.group(1)), found.group(2).strip())
