"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    sequence = op.create_table(
        "sequence",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(sequence, [{"name": "log", "value": 0}])
    op.create_table(
        "items",
        sa.Column("born", number, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("texts", sa.Text, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("available", sa.Boolean, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("seq", number, nullable=False),
    )
    op.create_index("ix_items_seq", "items", ["seq"])
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("seq", number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("time", sa.Double),
        sa.Column("order", sa.Double),
        sa.Column("value", sa.Double),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("position", number),
    )
    op.create_index("ix_events_user", "events", ["user", "time", "order", "seq"])
    op.create_table(
        "queries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("seq", number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "judgments",
        sa.Column("query", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("grade", sa.Double, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("seq", number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bundles",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("seq", number, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("metrics", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("meta", "bundles", "judgments", "queries", "events", "users", "items", "sequence"):
        op.drop_table(name)
