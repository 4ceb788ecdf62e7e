"""booklets of guidelines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booklet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("numbers", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Boolean(), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_booklet_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booklet")),
        sa.UniqueConstraint("public_id", name=op.f("uq_booklet_public_id")),
    )
    with op.batch_alter_table("booklet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booklet_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_booklet_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("booklet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booklet_person_id"))
        batch_op.drop_index(batch_op.f("ix_booklet_created_at"))

    op.drop_table("booklet")
