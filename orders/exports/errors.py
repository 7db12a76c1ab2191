"""What can't be exported."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class LedgerBusy(Conflict):
    """Somebody has been writing into the ledger for longer than others should wait."""

    code = "ledger_busy"
    message = _l("台账正在写入，请稍等几秒再导出。")


class TooManyJobs(Conflict):
    """So many files are being made for this person already."""

    code = "too_many_export_jobs"
    message = _l("已经有 5 份文件在生成。请等它们做完再导出。")


class SeparatorInText(Exception):
    """Somebody wrote a character that stands between texts that are read as one."""
