"""What buyers say of what they accepted, and which of their words were hidden. Both only grow."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import MOST_STARS, Product
from orders.records.models import OrderLine
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base
from shop.organisations.models import Organisation

MOST_WORDS = 500
LONGEST_REASON = 200


class Review(Base):
    """What the buyer of a line says of it, once. No review is ever taken away: the E-commerce Law
    (Art. 39) forbids it."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint(f"stars BETWEEN 1 AND {MOST_STARS}", name="stars_are_few"),
        Index("ix_review_of_product", "product_id", "at"),
        Index("ix_review_of_cooperative", "cooperative_id", "at"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey(OrderLine.id), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # As the line says.
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id))
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    # What everybody sees of the buyer's name, as it was: 演**.
    signature: Mapped[str] = mapped_column(String(8))
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(String(MOST_WORDS), default="")
    at: Mapped[datetime]

    line: Mapped[OrderLine] = relationship()
    hiding: Mapped["ReviewHiding | None"] = relationship(back_populates="review")


class ReviewHiding(Base):
    """That an administrator hid the words of a review, and which law they break. Its stars go on
    counting."""

    __tablename__ = "review_hiding"
    __table_args__ = (CheckConstraint("reason <> ''", name="has_a_reason"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id), unique=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))

    review: Mapped[Review] = relationship(back_populates="hiding")
