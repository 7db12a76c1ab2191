"""The code on a packing slip, drawn into the page."""

import segno
from markupsafe import Markup


def code_picture(sub_number: str) -> Markup:
    """A part's number as a QR code that scanners type and cameras read."""
    # A box gets scratched: a quarter of it may be unreadable.
    code = segno.make(sub_number, error="q", micro=False)
    drawn = code.svg_inline(border=1, omitsize=True, svgclass="slip-code", lineclass=None)
    return Markup(drawn)  # noqa: S704 -- drawn here, of modules alone
