"""What is said about a file to be verified, and about the monthly pack."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField

from shop.web.fields import LineField, WholeNumberField

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST_TYPED = 100


class VerificationForm(FlaskForm):
    """A file, or its hash where the file is too big to be brought."""

    file = FileField(_l("要核验的文件"))
    sha256 = LineField(_l("或者填写文件的 SHA-256"), max_length=_LONGEST_TYPED, required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        text = self.typed
        if text and not _SHA256.fullmatch(text):
            self.sha256.errors = [gettext("SHA-256 是 64 位的数字和字母 a 到 f。")]
            return False
        if not text and not (self.file.data and self.file.data.filename):
            self.file.errors = [gettext("请选择文件，或填写它的 SHA-256。")]
            return False
        return True

    @property
    def typed(self) -> str:
        return (self.sha256.data or "").replace(" ", "").lower()


class PackForm(FlaskForm):
    """From which day of a month on the pack of the month before is wanted."""

    day = WholeNumberField(_l("每月几日"), minimum=1, maximum=28)
