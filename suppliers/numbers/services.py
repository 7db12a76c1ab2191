"""Write down who took a cooperative's numbers home."""

from datetime import datetime

from shop.accounts.audit.services import record


def record_download(cooperative_id: int, table: str, period: str, *, by: int, at: datetime) -> None:
    what = {"table": table, "period": period}
    record("download_numbers", "organisation", cooperative_id, by=by, at=at, **what)
