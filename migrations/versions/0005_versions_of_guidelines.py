"""versions of guidelines."""

import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("guideline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("minor", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("numbered", _JSON, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("why_suspended", sa.String(length=400), server_default="", nullable=False))
        batch_op.add_column(sa.Column("consult_until", sa.Date(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_guideline_number"), ["number"])
    _editions()
    _steps_and_marks()
    _keep_what_was_approved()


def _editions() -> None:
    people = ("asked_by_id", "approver_id", "approved_by_id")
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=True),
        sa.Column("minor", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_to", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=240), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("takes_up", _JSON, nullable=False),
        sa.Column("groups", _JSON, nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([who], ["person.id"], name=op.f(f"fk_edition_{who}_person"), ondelete="SET NULL")
            for who in people
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_edition_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("document_id", "major", "minor", name=op.f("uq_edition_document_id")),
    )
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.create_index("ix_edition_state_in_force_from", ["state", "in_force_from"], unique=False)


def _steps_and_marks() -> None:
    op.create_table(
        "guideline_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_guideline_step_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_guideline_step_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_step")),
    )
    with op.batch_alter_table("guideline_step", schema=None) as batch_op:
        batch_op.create_index("ix_guideline_step_document_id_day", ["document_id", "day"], unique=False)
    op.create_table(
        "reading_mark",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_reading_mark_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reading_mark_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "document_id", name=op.f("pk_reading_mark")),
    )


def _keep_what_was_approved() -> None:
    """Each version in force, or that ended in force, gets its row, its number to be cited by, and numbered sections.

    Of the versions before it nothing but their count was written down, so they have no rows.
    """
    bind = op.get_bind()
    meta = sa.MetaData()
    guideline, document, text, edition = (
        sa.Table(name, meta, autoload_with=bind) for name in ("guideline", "document", "revision", "edition")
    )
    rows = (
        bind.execute(
            sa.select(guideline, document.c.published, text.c.toc)
            .join(document, document.c.id == guideline.c.id)
            .join(text, (text.c.document_id == document.c.id) & (text.c.number == document.c.published))
            .where(guideline.c.edition > 0)
            .order_by(guideline.c.id)
        )
        .mappings()
        .all()
    )
    # Drawn at random, as later ones are: a gap in a row of numbers would tell of what is held back.
    numbers = iter(secrets.SystemRandom().sample(range(100, 1000 if len(rows) < 450 else 100_000), len(rows)))
    for row in rows:
        bind.execute(
            guideline.update()
            .where(guideline.c.id == row["id"])
            .values(number=next(numbers), numbered=_anchors(row["toc"]))
        )
        bind.execute(
            edition.insert().values(
                document_id=row["id"], major=row["edition"], minor=0, revision=row["published"], state="came",
                in_force_from=row["in_force_from"], in_force_to=row["in_force_to"],
                approved_by_id=row["approved_by_id"], approved_at=row["approved_at"], came_at=row["approved_at"],
                note="", because="", takes_up=[], groups=[], told=0,
            )
        )  # fmt: skip


def _anchors(toc: Any) -> list[str]:
    headings = json.loads(toc) if isinstance(toc, str) else toc
    if not isinstance(headings, list):
        return []
    return [each["anchor"] for each in headings if isinstance(each, dict) and each.get("level") == 2]


def downgrade() -> None:
    op.drop_table("reading_mark")
    op.drop_table("guideline_step")
    op.drop_table("edition")
    with op.batch_alter_table("guideline", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_guideline_number"), type_="unique")
        batch_op.drop_column("consult_until")
        batch_op.drop_column("why_suspended")
        batch_op.drop_column("numbered")
        batch_op.drop_column("minor")
        batch_op.drop_column("number")
