"""runs by several."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("playbook", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exercised_on", sa.Date(), nullable=True))

    with op.batch_alter_table("playbook_run", schema=None) as batch_op:
        trees = sa.JSON().with_variant(JSONB(), "postgresql")
        batch_op.add_column(sa.Column("trees", trees, server_default="[]", nullable=False))

    with op.batch_alter_table("playbook_run_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("more", sa.String(length=1000), server_default="", nullable=False))
        batch_op.add_column(sa.Column("code", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("to_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_playbook_run_entry_to_id_person"), "person", ["to_id"], ["id"], ondelete="SET NULL"
        )

    op.create_table(
        "playbook_crisis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("open_for", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("on_duty", sa.String(length=400), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("closing", sa.String(length=400), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["declared_by_id"],
            ["person.id"],
            name=op.f("fk_playbook_crisis_declared_by_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_playbook_crisis_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["person.id"], name=op.f("fk_playbook_crisis_ended_by_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_crisis")),
        sa.UniqueConstraint("open_for", name=op.f("uq_playbook_crisis_open_for")),
    )
    with op.batch_alter_table("playbook_crisis", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_playbook_crisis_document_id"), ["document_id"], unique=False)
    # What was used before is remembered from its runs.
    op.execute(
        "update playbook set exercised_on ="
        " (select date(max(ended_at)) from playbook_run where playbook_run.document_id = playbook.id)"
    )


def downgrade() -> None:
    op.drop_table("playbook_crisis")
    with op.batch_alter_table("playbook_run_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_playbook_run_entry_to_id_person"), type_="foreignkey")
        batch_op.drop_column("to_id")
        batch_op.drop_column("code")
        batch_op.drop_column("more")

    with op.batch_alter_table("playbook_run", schema=None) as batch_op:
        batch_op.drop_column("trees")

    with op.batch_alter_table("playbook", schema=None) as batch_op:
        batch_op.drop_column("exercised_on")
