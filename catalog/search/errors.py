"""What a person is told when the search can't answer."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class SearchUnavailable(DomainError):
    """There is no index, it can't be read, or its writer has no turn; a rebuild mends the first."""

    code = "search_unavailable"
    status = 503
    message = _l("搜索暂时无法使用，请稍后再试，或从分类里挑选。")


class SearchBusy(SearchUnavailable):
    """Another process was writing the index for as long as this one was willing to wait."""

    code = "search_busy"
