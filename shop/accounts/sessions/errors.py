"""What can stand in the way of signing in."""

from datetime import datetime

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class TooManyAttempts(DomainError):
    """Too many wrong passwords; ``retry_at`` says when the next try is possible."""

    code = "too_many_attempts"
    status = 429
    message = _l("密码试错的次数太多了，请过一会儿再试。")

    def __init__(self, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at
