"""Why a file can't be read as a table, and what can't be done with the rows that were read."""

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict, DomainError


class FileRefused(DomainError):
    """Nobody knows what to make of the file."""

    code = "file_refused"
    message = _l("这个文件读不出来，没有导入任何内容。")


class NoTable(FileRefused):
    """Neither CSV nor XLSX, whatever its name says."""

    code = "no_table"
    message = _l("只能导入 CSV 或 XLSX。老式的 XLS 请先在表格软件里另存为 XLSX。")


class EmptyFile(FileRefused):
    """No bytes, or no row in it."""

    code = "empty_file"
    message = _l("文件是空的。")


class FileTooLarge(FileRefused):
    """More bytes than a table of so many rows can need."""

    code = "file_too_large"

    def __init__(self, megabytes: int) -> None:
        super().__init__(_l("文件太大：最多 %(megabytes)s MB。", megabytes=megabytes))


class UnknownEncoding(FileRefused):
    """Text that is neither UTF-8 nor GB18030."""

    code = "unknown_encoding"
    message = _l(
        "文字编码认不出来。请导出为 UTF-8 或 GB18030（GBK）的 CSV，或者 XLSX；不支持 UTF-16。"
    )


class BrokenWorkbook(FileRefused):
    """A ZIP file that is no workbook, a damaged one, or one made to burst."""

    code = "broken_workbook"
    message = _l("这个 XLSX 文件已损坏，或不是表格。请重新导出，或在表格软件里另存一次。")


class EncryptedWorkbook(FileRefused):
    """It opens with a password only."""

    code = "encrypted_workbook"
    message = _l("这个文件设了打开密码，读不出来。请去掉密码后另存一次。")


class WorkbookWithMacros(FileRefused):
    """A workbook that brings a program along."""

    code = "workbook_with_macros"
    message = _l("这个文件带有宏，不能导入。请另存为普通的 XLSX。")


class TooManyRows(FileRefused):
    """More than are taken at once."""

    code = "too_many_rows"

    def __init__(self, most: int) -> None:
        super().__init__(_l("一次最多导入 %(most)s 行，请分几次。", most=f"{most:,}"))


class ColumnsUnclear(DomainError):
    """One thing is to be read from two columns, or from none."""

    code = "columns_unclear"


class TooManyWaiting(Conflict):
    """So many sheets wait for a decision already."""

    code = "too_many_sheets_waiting"
    message = _l("已经有 10 份表格等着处理。请先导入或作废它们，再上传新的。")


class ImportDone(Conflict):
    """The sheet was taken over or thrown away a moment before."""

    code = "import_done"
    message = _l("这份表格已经导入或作废了，没有重复导入。")


class NotChecked(Conflict):
    """Its rows are still being looked at."""

    code = "import_not_checked"
    message = _l("还在逐行检查，请稍等。")
