"""The import contracts cover every package, and do fail when one is broken."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from shop.config import ROOT
from tests.architecture.tree import PACKAGES, files, product_files

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["id"]: contract for contract in CONFIG["tool"]["importlinter"]["contracts"]}

# One forbidden import for each contract.
VIOLATIONS = {
    "floors": ("catalog/products/services/products.py", "import orders.records"),
    "orders": ("orders/payments/services.py", "import orders.refunds"),
    "inner-files": ("orders/records/queries.py", "import orders.records.views"),
    "no-flask-inside": ("catalog/stock/services.py", "import flask"),
    "pure-rules": ("orders/payments/rules.py", "import sqlalchemy"),
}


def test_every_module_of_the_shop_stands_on_a_floor():
    layers = " ".join(CONTRACTS["floors"]["layers"]).replace("(", " ").replace(")", " ")
    named = {name for name in layers.split() if name.startswith("shop.")}
    there = {f"shop.{file.with_suffix('').parts[1]}" for file in files() if _is_in_shop(file)}
    assert there - named == {"shop.__init__"}


def test_every_contract_fails_on_a_violation(tmp_path):
    _copy_packages(tmp_path)
    for where, statement in VIOLATIONS.values():
        file = tmp_path / where
        earlier = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(f"{earlier}\n{statement}\n", encoding="utf-8")
    (tmp_path / "orders/records/views.py").touch()
    broken = _lint_imports(tmp_path)
    for contract in CONTRACTS.values():
        assert f"{contract['name']} BROKEN" in broken


def test_there_is_a_violation_to_try_for_every_contract():
    assert VIOLATIONS.keys() == CONTRACTS.keys()


def test_every_package_is_linted():
    assert set(CONFIG["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)


def _is_in_shop(file: Path) -> bool:
    return file.suffix == ".py" and file.parts[0] == "shop"


def _copy_packages(folder: Path) -> None:
    for file in product_files():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, folder / file)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")


def _lint_imports(folder: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join((done.stdout + done.stderr).split())
