"""Statements that compare what a row says with a sum over others."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from shop.db import Base


def summed(query: Select[Any], by: InstrumentedAttribute[Any]) -> Subquery:
    return query.group_by(by).subquery()


def compared(model: type[Base], sums: Subquery, differs: ColumnElement[bool]) -> Select[Any]:
    """The rows of a table that differ from the sums of the rows that refer to them."""
    own: Any = model
    return select(own.id).outerjoin(sums, sums.c.of == own.id).where(differs).order_by(own.id)
