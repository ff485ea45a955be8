"""Ties between users, and labelled texts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ties",
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("other", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("seq", number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "texts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("seq", number, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("texts")
    op.drop_table("ties")
