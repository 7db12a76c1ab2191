"""Listings that are still being written, and photographs that come in pieces.

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_drafts()
    _create_uploads()
    _create_pieces()


def _create_drafts() -> None:
    op.create_table(
        "listing_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("copied_from_id", sa.Integer(), nullable=True),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "product_id IS NULL OR discarded_at IS NULL",
            name=op.f("ck_listing_draft_listed_is_not_discarded"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["organisation.id"],
            name=op.f("fk_listing_draft_cooperative_id"),
        ),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name=op.f("fk_listing_draft_picture_id")
        ),
        sa.ForeignKeyConstraint(
            ["copied_from_id"], ["product.id"], name=op.f("fk_listing_draft_copied_from_id")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["account.id"], name=op.f("fk_listing_draft_saved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_listing_draft_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_draft")),
        sa.UniqueConstraint(
            "cooperative_id", "key", name=op.f("uq_listing_draft_cooperative_id_key")
        ),
        sa.UniqueConstraint("product_id", name=op.f("uq_listing_draft_product_id")),
    )
    op.create_index("ix_listing_draft_open", "listing_draft", ["cooperative_id", "saved_at"])


def _create_uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "received >= 0 AND received <= size", name=op.f("ck_upload_received_fits")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_upload_cooperative_id")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["account.id"], name=op.f("fk_upload_begun_by_id")
        ),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name=op.f("fk_upload_picture_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("cooperative_id", "key", name=op.f("uq_upload_cooperative_id_key")),
    )
    op.create_index(op.f("ix_upload_begun_at"), "upload", ["begun_at"])


def _create_pieces() -> None:
    op.create_table(
        "upload_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_piece_upload_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_piece")),
        sa.UniqueConstraint(
            "upload_id", "position", name=op.f("uq_upload_piece_upload_id_position")
        ),
    )
