"""From what a corrector says to marks in a text."""

from nitka.writing.domain.difference import changes_between, too_different
from nitka.writing.domain.marks import Change, marks
from nitka.writing.domain.positions import Positions
from nitka.writing.domain.protected import protected
from nitka.writing.domain.variants import Known, variant_of

__all__ = [
    "Change",
    "Known",
    "Positions",
    "changes_between",
    "marks",
    "protected",
    "too_different",
    "variant_of",
]
