"""What makes a link to set a password anew good for one time only."""

from datetime import timedelta
from hashlib import sha256

VALID = timedelta(hours=1)


def print_of(password_hash: str) -> str:
    """Changes with the password: a link that names it is over once the password was changed."""
    return sha256(password_hash.encode()).hexdigest()[:24]
