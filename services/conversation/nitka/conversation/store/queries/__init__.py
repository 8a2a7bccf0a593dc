"""Reading: the list, its figures, search, the thread. SQL in, rows out."""

from nitka.conversation.store.queries.figures import Figures
from nitka.conversation.store.queries.filters import Filter
from nitka.conversation.store.queries.keyset import BadCursor
from nitka.conversation.store.queries.lists import Lists
from nitka.conversation.store.queries.search import TooWide
from nitka.conversation.store.queries.threads import Moment, Threads

__all__ = ["BadCursor", "Filter", "Moment", "Queries", "TooWide"]


class Queries(Lists, Figures, Threads):
    """All reads of the service, on a pool of their own."""
