"""What is asked of the rooms above, which know more of a line than the ledger says."""

from dataclasses import dataclass


@dataclass(slots=True)
class EvidenceAsked:
    """How many lines of a town's month lack their evidence? Each room that keeps evidence adds its
    own to ``lacking``."""

    town_code: str
    month: str
    lacking: int = 0
