"""What an analyst may ask: rules over ClickHouse's own syntax tree of one statement (`EXPLAIN AST`).

The engine runs the statement read-only and under limits as well. These rules close what read-only leaves open:
reading files, reaching the network, looking at other people's queries, settings inside a subquery.

A name with a line break in it can add lines to the tree's text but cannot hide one, so it can only make the
rules refuse more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DATABASE = "nitka"

_ASKING = {
    "SelectWithUnionQuery", "SelectIntersectExceptQuery", "DescribeQuery", "ExistsTableQuery", "ExistsViewQuery",
    "ExistsDatabaseQuery", "ShowTables", "ShowColumns", "ShowFunctions", "ShowCreateTableQuery",
    "ShowCreateViewQuery",
}  # fmt: skip
_EXPLAINABLE = {
    "EXPLAIN", "EXPLAIN AST", "EXPLAIN SYNTAX", "EXPLAIN QUERY TREE", "EXPLAIN PIPELINE", "EXPLAIN ESTIMATE",
}  # fmt: skip
_SYSTEM_TABLES = {
    f"{database}.{table}"
    for database, tables in {
        "system": (
            "aggregate_function_combinators", "collations", "columns", "data_type_families", "databases",
            "formats", "functions", "keywords", "numbers", "one", "settings", "table_functions", "tables",
            "time_zones",
        ),
        "information_schema": ("columns", "schemata", "tables", "views"),
    }.items()
    for table in tables
}  # fmt: skip
_HIDDEN = "erased_contacts"
_TABLE_FUNCTIONS = {"numbers", "zeros", "generateseries", "generate_series", "values", "null", "format", "view"}

_REFUSED_CATEGORIES = {
    "AI", "Dictionary", "Embedded Dictionary", "Internal", "Introspection", "Machine Learning", "Other",
    "Time Series",
}  # fmt: skip
_HARMLESS_OTHERS = {
    "_cast", "bar", "bytesize", "currentdatabase", "currentuser", "displayname", "finalizeaggregation",
    "formatquery", "formatquerysingleline", "formatreadabledecimalsize", "formatreadablequantity",
    "formatreadablesize", "formatreadabletimedelta", "getsetting", "hostname", "identity", "ignore",
    "initializeaggregation", "materialize", "neighbor", "parsetimedelta", "rownumberinallblocks",
    "rownumberinblock", "runningaccumulate", "runningdifference", "throwif", "totypename", "transform", "uptime",
    "version", "visiblewidth",
}  # fmt: skip

_NODE = re.compile(r"^ *(\w+) ?(.*)$")
_NOTE = re.compile(r"( \(alias .*\))?( \(children \d+\))?$")


class Refused(ValueError):
    """The statement is not one that analysts may run; the message says why."""


@dataclass(frozen=True)
class Function:
    """A function as the engine lists it. `alias_to` is the real name, empty when this is it."""

    name: str
    aggregate: bool
    category: str
    alias_to: str


@dataclass(frozen=True)
class Rules:
    """The names that statements may use; lower case."""

    functions: frozenset[str]
    aggregates: frozenset[str]
    combinators: tuple[str, ...]

    def check(self, tree: str) -> None:
        """Raise Refused unless every node of the tree is harmless."""
        nodes = [m.groups() for line in tree.splitlines() if (m := _NODE.match(line))]
        _check_root(nodes)
        for kind, rest in nodes:
            name = _NOTE.sub("", rest).strip()
            match kind:
                case "Function":
                    self._check_function(name)
                case "TableIdentifier":
                    _check_table(name)
                case "Identifier" if name.rpartition(".")[2] == _HIDDEN:
                    _check_table(name)
                case "Identifier" if _database_of(name) in ("system", "information_schema"):
                    _check_table(".".join(name.split(".")[:2]))
                case "Set":
                    raise Refused("SETTINGS are fixed here and cannot be changed in a statement")
                case "QueryParameter":
                    raise Refused(f"the parameter {name} has no value")

    def _check_function(self, name: str) -> None:
        lowered = name.lower()
        if lowered not in self.functions and not self._is_combined(lowered):
            raise Refused(f"the function {name} is not available here")

    def _is_combined(self, name: str) -> bool:
        """Whether it is an aggregate function with combinators, as in `sumIf`."""
        if name in self.aggregates:
            return True
        return any(
            name.endswith(suffix) and self._is_combined(name.removesuffix(suffix)) for suffix in self.combinators
        )


def rules(functions: list[Function], table_functions: set[str], combinators: list[str], views: set[str]) -> Rules:
    """The rules for an engine that lists these functions. `views` are our own parametrised views.

    A name that is also a table function (`file`, `url`) is refused whatever it does elsewhere.
    """
    refused = {name.lower() for name in table_functions} - _TABLE_FUNCTIONS
    real = {f.name: f for f in functions}
    allowed = {f.name.lower() for f in functions if _is_harmless(real.get(f.alias_to, f))} - refused
    aggregates = {f.name.lower() for f in functions if f.aggregate} & allowed
    return Rules(
        functions=frozenset(allowed | _TABLE_FUNCTIONS | {"lambda"} | {v.lower() for v in views}),
        aggregates=frozenset(aggregates),
        combinators=tuple(c.lower() for c in combinators),
    )


def _is_harmless(function: Function) -> bool:
    if function.name.lower() in _HARMLESS_OTHERS:
        return True
    return bool(function.category) and function.category not in _REFUSED_CATEGORIES


def _check_root(nodes: list[tuple[str, ...]]) -> None:
    kind, rest = nodes[0] if nodes else ("", "")
    if kind == "Explain" and _NOTE.sub("", rest) in _EXPLAINABLE and len(nodes) > 1:
        kind = nodes[1][0]
    if kind not in _ASKING:
        raise Refused("only SELECT, SHOW, DESCRIBE, EXISTS and EXPLAIN are available here")


def _database_of(name: str) -> str:
    return name.partition(".")[0].lower() if "." in name else ""


def _check_table(name: str) -> None:
    database = _database_of(name)
    ours = database in ("", DATABASE) and name.rpartition(".")[2] != _HIDDEN
    if ours or name.lower() in _SYSTEM_TABLES:
        return
    raise Refused(f"the table {name} is not available here; there are {DATABASE}.* and a few of system.*")
