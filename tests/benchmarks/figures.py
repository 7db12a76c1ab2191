"""Figures: how one is written down, and the table in which all are printed."""

import json
import operator
from dataclasses import asdict, dataclass
from pathlib import Path

from shop.config import ROOT

BENCH_FILE = ROOT / "bench.json"
_HOLDS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Goal:
    """A bound on the value, or on its ratio to the floor."""

    sign: str
    bound: float
    of_ratio: bool = False


@dataclass(frozen=True)
class Figure:
    """One row of bench.json."""

    name: str
    value: float | None
    unit: str
    floor: float | None = None
    ratio: float | None = None
    goal: str | None = None
    ok: bool | None = None
    note: str = ""


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    floor: float | None = None,
    goal: Goal | None = None,
    note: str = "",
) -> Figure:
    """A measured figure, beside its floor and judged by its goal."""
    ratio = value / floor if floor else None
    judged = ratio if goal and goal.of_ratio else value
    return Figure(
        name,
        round(value, 3),
        unit,
        None if floor is None else round(floor, 3),
        None if ratio is None else round(ratio, 4),
        _words(goal, unit) if goal else None,
        _HOLDS[goal.sign](judged, goal.bound) if goal and judged is not None else None,
        note,
    )


def failed(name: str, why: Exception) -> Figure:
    """A measurement that did not come about; it makes the whole run fail."""
    return Figure(name, None, "", ok=False, note=f"not measured: {type(why).__name__}: {why}")


def table(figures: list[Figure]) -> str:
    """All figures, one a line, with the notes below."""
    head = ("", "value", "unit", "floor", "ratio", "goal", "")
    rows = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    notes = [f"  {figure.name}: {figure.note}" for figure in figures if figure.note]
    return "\n".join([*lines, "", *notes])


def write(figures: list[Figure], file: Path = BENCH_FILE) -> None:
    text = json.dumps([asdict(figure) for figure in figures], ensure_ascii=False, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8")


def _words(goal: Goal, unit: str) -> str:
    return f"{goal.sign} {goal.bound:g} {'× floor' if goal.of_ratio else unit}"


def _cells(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "ok", False: "short", None: ""}[figure.ok]
    if figure.value is None:
        verdict = "FAILED"
    return (
        figure.name,
        _number(figure.value),
        figure.unit,
        _number(figure.floor),
        "" if figure.ratio is None else f"{figure.ratio:.3g}",
        figure.goal or "",
        verdict,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """Numbers to the right, words to the left."""
    right = (1, 3, 4)
    return [
        cell.rjust(width) if column in right else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
