"""Why the sums can't follow the ledger just now."""


class LedgerBusy(Exception):
    """Somebody has been writing lines for longer than others should wait behind the watermark."""
