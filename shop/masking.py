"""How screens show what only few may see whole."""


def mask_name(name: str) -> str:
    """The first character, which is mostly the family's: ``何**``."""
    return f"{name[:1]}**"


def mask_email(address: str) -> str:
    """The first character and the domain: ``h***@shop.example``."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"


def mask_number(number: str) -> str:
    """The last four characters of a number: ``**** 1234``."""
    return f"**** {number[-4:]}"


def mask_account(last_digits: str) -> str:
    """A bank account, of which only the last digits are kept in the clear."""
    return f"**** **** {last_digits}"
