"""The tree as these tests see it: what is, or is about to be, in git."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shop.config import ROOT

PACKAGES = ("shop", "catalog", "orders", "suppliers")


@cache
def files() -> tuple[Path, ...]:
    """Every file that git knows or would add, relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = {Path(name) for name in listing.stdout.decode().split("\0") if name}
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def product_files() -> Iterator[Path]:
    """The Python files of the four packages."""
    for file in files():
        if file.suffix == ".py" and file.parts[0] in PACKAGES:
            yield file


def text_of(file: Path) -> str:
    return (ROOT / file).read_text(encoding="utf-8", errors="replace")


@cache
def code_of(file: Path) -> ast.Module:
    return ast.parse(text_of(file))


@cache
def calls_in(file: Path) -> tuple[tuple[str, int], ...]:
    """What a file calls, as written (``session.commit``), and where."""
    return tuple(
        (name_of(node.func), node.lineno)
        for node in ast.walk(code_of(file))
        if isinstance(node, ast.Call)
    )


def name_of(node: ast.expr) -> str:
    """An expression as written. Nearly all are names and dots, and for those this is much faster
    than to have any expression written out."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return ast.unparse(node)
