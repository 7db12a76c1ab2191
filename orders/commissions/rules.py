"""What the shop keeps of a line. Integer fen and basis points (hundredths of a percent)."""

from shop.money import divide

WHOLE = 10_000
# The most that an administrator can set: 30 %.
MOST = 3_000


def commission_fen(kept_fen: int, basis_points: int) -> int:
    """The commission on what was paid for a line and not given back.

    The only place where a commission is rounded, half up, line by line: every sum of commissions
    is a sum of these. Freight carries none.
    """
    return divide(kept_fen * basis_points, WHOLE)


def percent(basis_points: int) -> str:
    """A rate as people read it: ``2.5`` for 250."""
    return f"{basis_points // 100}.{basis_points % 100:02d}".rstrip("0").rstrip(".")
