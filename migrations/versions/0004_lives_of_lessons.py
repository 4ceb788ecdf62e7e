"""lives of lessons."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.String(length=130), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_words", sa.String(length=400), nullable=False),
        *references("proposal", ("by_id", "person", "SET NULL"), ("lesson_id", "document", "CASCADE"),
                    ("document_id", "document", "CASCADE")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposal_public_id")),
    )  # fmt: skip
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_document_id_outcome", ["document_id", "outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_lesson_id"), ["lesson_id"], unique=False)
    create_actions()
    create_steps_and_rechecks()
    with op.batch_alter_table("lesson", schema=None) as batch_op:
        batch_op.add_column(sa.Column("causes", JSON, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("activity", sa.String(length=30), server_default="", nullable=False))
        batch_op.add_column(sa.Column("crisis", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("obsolete_on", sa.Date(), nullable=True))
    move_actions()


def references(table: str, *rules: tuple[str, str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=rule)
        for column, to, rule in rules
    ]


def create_actions() -> None:
    op.create_table(
        "lesson_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.String(length=60), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("above_id", sa.String(length=60), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("evidence_version", sa.String(length=20), nullable=False),
        sa.Column("evidence_words", sa.String(length=400), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        *references("lesson_action", ("document_id", "document", "CASCADE"), ("evidence_id", "document", "SET NULL"),
                    ("body_id", "group", "SET NULL"), ("above_id", "group", "SET NULL"),
                    ("made_by_id", "person", "SET NULL"), ("done_by_id", "person", "SET NULL"),
                    ("proposal_id", "proposal", "SET NULL")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_action")),
        sa.UniqueConstraint("made_by_id", "idempotency_key", name=op.f("uq_lesson_action_made_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lesson_action_public_id")),
    )  # fmt: skip
    with op.batch_alter_table("lesson_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_action_body_id"), ["body_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_action_document_id"), ["document_id"], unique=False)
        batch_op.create_index("ix_lesson_action_state_asked_at", ["state", "asked_at"], unique=False)


def create_steps_and_rechecks() -> None:
    op.create_table(
        "lesson_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        *references("lesson_step", ("document_id", "document", "CASCADE"), ("other_id", "document", "SET NULL"),
                    ("by_id", "person", "SET NULL")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_step")),
    )  # fmt: skip
    op.create_table(
        "lesson_recheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("again", sa.Boolean(), nullable=True),
        sa.Column("words", sa.String(length=400), nullable=False),
        *references("lesson_recheck", ("document_id", "document", "CASCADE"), ("answered_by_id", "person", "SET NULL")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_recheck")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lesson_recheck_public_id")),
    )
    with op.batch_alter_table("lesson_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_step_document_id"), ["document_id"], unique=False)
    with op.batch_alter_table("lesson_recheck", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_recheck_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_recheck_due_at"), ["due_at"], unique=False)


def move_actions() -> None:
    """The one action of a lesson becomes the first of its actions. Its column stays for one more release."""
    db = op.get_bind()
    agreed = sa.text(
        "select lesson.id, action, action_body_id, identified_at, identified_by_id from lesson"
        " where action <> '' and identified_at is not null order by lesson.id"
    ).columns(identified_at=sa.DateTime(timezone=True))
    action = sa.table(
        "lesson_action",
        *(sa.column(name) for name in ("public_id", "document_id", "what", "body_id", "state", "stage", "made_by_id",
                                       "answer", "evidence_version", "evidence_words")),
        sa.column("asked_at", sa.DateTime(timezone=True)),
        sa.column("made_at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    step = sa.table(
        "lesson_step",
        *(sa.column(name) for name in ("document_id", "step", "by_id", "words")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    now = sa.func.current_timestamp()
    for lesson, what, body, at, by in db.execute(agreed).all():
        ident = "".join(secrets.choice(LETTERS) for _ in range(12))
        # Those who act have their thirty days from now on: nobody ever asked them.
        told = {"state": "asked", "stage": "body", "answer": "", "evidence_version": "", "evidence_words": ""}
        made = {"public_id": ident, "document_id": lesson, "what": what, "body_id": body, "made_by_id": by, **told}
        db.execute(action.insert().values(**made, made_at=at, asked_at=now))
        db.execute(step.insert().values(document_id=lesson, step="identified", at=at, by_id=by, words=""))


def downgrade() -> None:
    with op.batch_alter_table("lesson", schema=None) as batch_op:
        for name in ("obsolete_on", "crisis", "activity", "causes"):
            batch_op.drop_column(name)
    db = op.get_bind()
    # What was agreed since then goes back to where it stood: the first action of each lesson.
    for lesson, what, body in db.execute(
        sa.text("select document_id, what, body_id from lesson_action order by id desc")
    ).all():
        values = {"lesson": lesson, "what": what, "body": body}
        db.execute(sa.text("update lesson set action = :what, action_body_id = :body where id = :lesson"), values)
    for name in ("lesson_recheck", "lesson_step", "lesson_action", "proposal"):
        op.drop_table(name)
