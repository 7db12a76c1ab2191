"""Write down what left the house."""

from datetime import datetime

from orders.statistics.rules.periods import Period
from shop.accounts.audit.services import record


def record_export(
    table: str,
    kind: str,
    period: Period,
    filters: dict[str, str],
    rows: int,
    *,
    by: int,
    at: datetime,
) -> None:
    """Note who took which table for which days and filter, as which kind of file."""
    record(
        f"export_{table}",
        "sales_ledger",
        f"{period.since}/{period.until}",
        by=by,
        at=at,
        kind=kind,
        filters=filters,
        rows=rows,
    )
