"""What can't be kept beside an order or a sale."""

from flask_babel import lazy_gettext as _l

from shop.errors import DomainError


class NotEvidence(DomainError):
    """Neither a photograph nor a PDF, whatever its name says."""

    code = "not_evidence"
    message = _l("佐证材料要是照片（JPG、PNG、WebP）或 PDF。")
