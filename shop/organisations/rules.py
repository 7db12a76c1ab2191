"""The unified social credit code (统一社会信用代码) of GB 32100-2015."""

import unicodedata

# No I, O, S, V and Z: they look like digits.
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(_LENGTH - 1))


def canonical_credit_code(text: str) -> str:
    """The code in capital letters and plain digits, without spaces and dashes."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(plain.split()).replace("-", "")


def is_credit_code(text: str) -> bool:
    """Whether a code in canonical form has 18 allowed characters and the right check digit."""
    if len(text) != _LENGTH or not set(text) <= set(CHARACTERS):
        return False
    # The area code, third to eighth, is a number.
    return text[2:8].isdigit() and check_character(text[:-1]) == text[-1]


def check_character(first_seventeen: str) -> str:
    """The last character that belongs to the first seventeen."""
    values = map(CHARACTERS.index, first_seventeen)
    weighted = sum(value * weight for value, weight in zip(values, _WEIGHTS, strict=True))
    return CHARACTERS[-weighted % 31]
