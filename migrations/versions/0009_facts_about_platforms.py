"""facts about platforms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "platform_fact",
        sa.Column("platform", sa.String(length=60), nullable=False),
        sa.Column("audiences", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("purposes", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("answers", sa.String(length=20), nullable=False),
        sa.Column("countries", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("blocked", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("who", sa.String(length=400), nullable=False),
        sa.Column("formats", sa.String(length=400), nullable=False),
        sa.Column("languages", sa.String(length=400), nullable=False),
        sa.Column("rtl", sa.String(length=10), nullable=False),
        sa.Column("verification", sa.String(length=400), nullable=False),
        sa.Column("risks", sa.String(length=400), nullable=False),
        sa.Column("trusted_until", sa.Date(), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("answers in ('nobody', 'working-days', 'every-day')", name=op.f("ck_platform_fact_answers")),
        sa.CheckConstraint("rtl in ('', 'yes', 'partly', 'no')", name=op.f("ck_platform_fact_rtl")),
        sa.ForeignKeyConstraint(
            ["kept_by_id"], ["person.id"], name=op.f("fk_platform_fact_kept_by_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("platform", name=op.f("pk_platform_fact")),
    )


def downgrade() -> None:
    op.drop_table("platform_fact")
