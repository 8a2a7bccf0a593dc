"""The KPI dictionary (`docs/reference/kpi.md`), made from the views."""

from __future__ import annotations

from nitka.reporting.store.views import VIEWS, View

_INTRODUCTION = """\
# KPI dictionary

Made from `services/reporting/nitka/reporting/store/views.py` by
`python -m nitka.reporting reference`; do not edit.

Every figure of the API and the reports page is read from these views in the database `nitka` of ClickHouse, and
analysts read the same views, so figures agree. Views with parameters are called like functions:

    SELECT * FROM cards(since = '2026-11-01', until = '2026-11-30', zone = 'Europe/Warsaw')

Views of rows are filtered and grouped like tables; a day is a day in the time zone that you name:

    SELECT toDate(opened_at, 'Europe/Warsaw') AS day, channel, count()
    FROM threads WHERE is_new_thread GROUP BY day, channel ORDER BY day

Rules that hold everywhere:

- A fact counts at the time its source gives it, but never later than Nitka recorded it, nor before 1970.
- What a machine wrote (bounces, automatic replies, bulk mail) is no thread, no message and no user.
- People appear as pseudonyms (keyed hashes) and ids; addresses, names and texts are not in ClickHouse. After an
  erasure the pseudonym is random and the customer's id is gone; the figures stay.
- Figures follow the events within seconds. A past day changes only when a later event
  says so (a label, an erasure).
"""


def kpi_dictionary() -> str:
    """The page, in Markdown."""
    return "\n".join([_INTRODUCTION, *(_section(view) for view in VIEWS)])


def _section(view: View) -> str:
    parameters = ", ".join(f"{name}: {kind}" for name, kind in view.parameters.items())
    heading = f"## {view.name}" + (f"({parameters})" if parameters else "")
    rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in view.columns.items())
    table = f"| column | meaning |\n|---|---|\n{rows}"
    return f"{heading}\n\n{view.meaning}\n\n{table}\n\n```sql\n{view.sql.strip()}\n```\n"
