"""The categories that every product belongs to and every statistic is told apart by."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shop.db import Base


class Category(Base):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Stable and readable in addresses: fruit, vegetable …
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    position: Mapped[int]
    # Whether the law asks for a conformity certificate (承诺达标合格证) with each batch.
    certificate_covered: Mapped[bool]
    closed: Mapped[bool] = mapped_column(default=False)
