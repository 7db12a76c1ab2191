"""What every error of the domain has: a code for machines, a message for the person."""

from typing import ClassVar, TypeAlias

from flask_babel import LazyString, lazy_gettext

Message: TypeAlias = LazyString | str


class DomainError(Exception):
    """Something that a person did or asked for cannot be; the message tells them why.

    ``code`` is stable and meant for logs and tests, ``status`` is the HTTP status of a page that
    can say no more than this.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    message: Message = lazy_gettext("这一步没有成功。")

    def __init__(self, message: Message | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """There is no such thing, or it is not this person's."""

    code = "not_found"
    status = 404
    message = lazy_gettext("没有找到您要的内容。")


class NotAllowed(DomainError):
    """The person is known but may not do this."""

    code = "not_allowed"
    status = 403
    message = lazy_gettext("您没有权限进行此操作。")


class Conflict(DomainError):
    """Somebody else was faster, or the thing is no longer in the state that was seen."""

    code = "conflict"
    status = 409
    message = lazy_gettext("内容已经变化，请刷新后再试。")
