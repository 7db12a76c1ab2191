"""The habits of the house that no other tool looks after."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shop.accounts.audit.rules import act_name, seen_name, subject_name
from shop.config import ROOT
from tests.architecture.tree import (
    PACKAGES,
    calls_in,
    code_of,
    files,
    name_of,
    product_files,
    text_of,
)

TOP_LEVEL = {
    *PACKAGES,
    *("templates", "static", "migrations", "tests", "docs", "requirements", "wsgi.py"),
    *("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "Procfile", "pyproject.toml"),
    *(
        "package.json",
        "package-lock.json",
        ".npmrc",
        "gunicorn.conf.py",
        "Dockerfile",
        "compose.yaml",
        ".ci",
    ),
    *(".dockerignore", ".editorconfig", ".env.example", ".gitattributes", ".gitignore"),
}

ROOM_FILES = {
    *("views", "forms", "handlers", "services", "gateways"),
    *("queries", "models", "rules", "events", "errors"),
}
# The ground floor and the entrance hall are no rooms: their modules are named for what they do.
NOT_ROOMS = {"shop", "shop/breaches", "shop/web", "shop/demo", "shop/translations"}
# Whom the whole of accounts needs at the door: it enforces what shop.web only names.
BESIDE_ROOMS = {Path("shop/accounts/enforcement.py")}

# The second one commits to the search index, which no transaction of the database covers.
MAY_COMMIT = (Path("shop/db.py"), Path("catalog/search/gateways/whoosh.py"))

NO_CLOCK_IN = {"rules", "services", "queries", "models"}
CLOCKS = {"clock.now", "now", "datetime.now", "datetime.utcnow", "date.today", "time.time"}

# What the first two arguments of a call mean: an act and what it was done to.
NAMING = {"record": (act_name, subject_name), "shows": (seen_name, subject_name)}

NEAR_MONEY = ("orders", "catalog", "suppliers", "shop/money.py")
# Scores of a search are no money, and timeouts of a gateway aren't either.
FAR_FROM_MONEY = ("catalog/search/", "gateways")
FLOATS = {"float", "Float", "Double", "REAL"}

REGISTRIES = re.compile(
    "|".join(
        [
            "index" + "-url",
            r"://[^/\s]+/sim" + r"ple\b",
            r'"resol' + r'ved": *"http',
            r"regis" + r"try\.npmjs",
            r"pyp" + r"i\.org",
            r"files\.python" + r"hosted",
        ]
    )
)
INLINE = re.compile(
    r"<style\b|\sstyle=|<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+=[\"']", re.IGNORECASE
)


def test_only_the_agreed_names_stand_at_the_top():
    assert {file.parts[0] for file in files()} - TOP_LEVEL == set()


def test_a_room_holds_only_files_of_the_agreed_names():
    strangers = [
        str(file)
        for file in product_files()
        if file not in BESIDE_ROOMS
        and file.name != "__init__.py"
        and not ROOM_FILES & set(file.with_suffix("").parts[1:])
        and not _is_below(file, NOT_ROOMS)
    ]
    assert strangers == []


def test_every_package_opens_with_an_empty_file():
    filled = [str(file) for file in product_files() if file.name == "__init__.py" and text_of(file)]
    assert filled == []


def test_only_the_database_module_commits():
    commits = [
        f"{file}:{line}"
        for file in product_files()
        for called, line in calls_in(file)
        if called.rsplit(".", 1)[-1] == "commit" and file not in MAY_COMMIT
    ]
    assert commits == []


def test_acts_and_decisions_are_told_the_time():
    clocks = [
        f"{file}:{line} {called}"
        for file in product_files()
        if NO_CLOCK_IN & set(file.with_suffix("").parts)
        for called, line in calls_in(file)
        if called in CLOCKS
    ]
    assert clocks == []


def test_what_a_page_carries_along_is_read_with_care():
    bare = [
        str(file)
        for file in product_files()
        if "HiddenField" in text_of(file) and str(file) != "shop/web/fields.py"
    ]
    assert bare == [], "a NUL in it is an error on PostgreSQL: use CarriedField"


def test_what_is_written_down_has_a_name_on_the_screen():
    """Those of codes that are put together while the shop runs are known to other tests."""
    nameless = {
        f"{file}: {code}"
        for file in product_files()
        for node in ast.walk(code_of(file))
        if isinstance(node, ast.Call) and name_of(node.func) in {"record", "shows"}
        for code, named in zip(node.args[:2], NAMING[name_of(node.func)], strict=False)
        if isinstance(code, ast.Constant) and named is not None
        if named(code.value) == code.value
    }
    assert nameless == set(), "name these in shop/accounts/audit/rules.py"


def test_no_float_comes_near_money():
    floats = [
        f"{file}:{line} {what}"
        for file in product_files()
        if str(file).startswith(NEAR_MONEY) and not any(far in str(file) for far in FAR_FROM_MONEY)
        for what, line in _floats_in(code_of(file))
    ]
    assert floats == []


def test_the_float_rule_sees_numbers_names_and_columns():
    seen = [what for what, _ in _floats_in(ast.parse("a = 0.5\nb: float\nc = sa.Float()\nd = 1"))]
    assert sorted(seen) == ["0.5", "Float", "float"]


def test_no_file_names_a_package_registry():
    assert [str(file) for file in files() if REGISTRIES.search(text_of(file))] == []


def test_pages_hold_no_inline_style_or_script():
    inline = [
        f"{file}: {found.group().strip()}"
        for file in files()
        if file.parts[0] == "templates" and file.suffix == ".html" and "emails" not in file.parts
        if (found := INLINE.search(text_of(file)))
    ]
    assert inline == []


def test_no_test_sleeps_or_is_skipped():
    excuses = {"time.sleep", "sleep", "pytest.skip", "pytest.xfail", "pytest.importorskip"}
    marks = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}
    found = [
        f"{file}: {name}"
        for file in files()
        if file.suffix == ".py" and file.parts[0] == "tests" and file.parts[1] != "benchmarks"
        for name in (excuses & {called for called, _ in calls_in(file)})
        | (marks & {name_of(n) for n in ast.walk(code_of(file)) if isinstance(n, ast.Attribute)})
    ]
    assert found == []


def test_what_is_kept_out_of_git_is_ignored():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/instance/", "/.venv", "/node_modules", "/static/vendor", ".env"} <= set(ignored)


def _is_below(file: Path, folders: set[str]) -> bool:
    """Whether a file lies directly in one of the folders, or anywhere in shop/demo."""
    return str(file.parent) in folders or file.is_relative_to("shop/demo")


def _floats_in(code: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(code):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield repr(node.value), node.lineno
        elif isinstance(node, ast.Name) and node.id in FLOATS:
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in FLOATS:
            yield node.attr, node.lineno
