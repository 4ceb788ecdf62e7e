"""lessons training playbooks and comments."""

import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson_draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_lesson_draft_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_lesson_draft")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("anchor", sa.String(length=130), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("unnamed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_comment_author_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_comment_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"], ["person.id"], name=op.f("fk_comment_resolved_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["comment.id"], name=op.f("fk_comment_thread_id_comment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("author_id", "idempotency_key", name=op.f("uq_comment_author_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_comment_public_id")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index("ix_comment_document_id_id", ["document_id", "id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_enrolment_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("person_id", "document_id", name=op.f("uq_enrolment_person_id")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_document_id"), ["document_id"], unique=False)

    op.create_table(
        "help_offer",
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=240), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_help_offer_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_help_offer_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "document_id", name=op.f("pk_help_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_help_offer_public_id")),
    )
    with op.batch_alter_table("help_offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_help_offer_document_id"), ["document_id"], unique=False)

    op.create_table(
        "learning_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("did", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("data", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_learning_event_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_learning_event_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_event")),
        sa.UniqueConstraint("person_id", "idempotency_key", name=op.f("uq_learning_event_person_id")),
    )
    with op.batch_alter_table("learning_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learning_event_document_id"), ["document_id"], unique=False)
        batch_op.create_index("ix_learning_event_person_id_document_id", ["person_id", "document_id"], unique=False)

    op.create_table(
        "lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("harm", sa.Integer(), nullable=True),
        sa.Column("contained", sa.Boolean(), nullable=True),
        sa.Column("attribution", sa.String(length=10), nullable=False),
        sa.Column("role_words", sa.String(length=120), nullable=False),
        sa.Column("on_behalf_of_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(length=400), nullable=False),
        sa.Column("action", sa.String(length=400), nullable=False),
        sa.Column("action_body_id", sa.String(length=60), nullable=True),
        sa.Column("identified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identified_by_id", sa.Integer(), nullable=True),
        sa.Column("capture_seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_body_id"], ["group.id"], name=op.f("fk_lesson_action_body_id_group"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["id"], ["document.id"], name=op.f("fk_lesson_id_document"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["identified_by_id"], ["person.id"], name=op.f("fk_lesson_identified_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["person.id"], name=op.f("fk_lesson_on_behalf_of_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
    )
    op.create_table(
        "lesson_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("post_id", sa.String(length=60), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_lesson_use_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_lesson_use_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["group.id"], name=op.f("fk_lesson_use_post_id_group"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_use")),
        sa.UniqueConstraint("person_id", "idempotency_key", name=op.f("uq_lesson_use_person_id")),
    )
    with op.batch_alter_table("lesson_use", schema=None) as batch_op:
        batch_op.create_index("ix_lesson_use_document_id_person_id", ["document_id", "person_id"], unique=False)

    op.create_table(
        "module",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["document.id"], name=op.f("fk_module_id_document"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module")),
    )
    op.create_table(
        "playbook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["document.id"], name=op.f("fk_playbook_id_document"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook")),
    )
    op.create_table(
        "playbook_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("occasion", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_playbook_run_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["person.id"], name=op.f("fk_playbook_run_ended_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["person.id"], name=op.f("fk_playbook_run_started_by_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_playbook_run_public_id")),
        sa.UniqueConstraint(
            "started_by_id", "document_id", "idempotency_key", name=op.f("uq_playbook_run_started_by_id")
        ),
    )
    with op.batch_alter_table("playbook_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_playbook_run_document_id"), ["document_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("public", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("secret", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_question_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "revision", "key", name=op.f("pk_question")),
    )
    op.create_table(
        "settled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.Column("anchor", sa.String(length=130), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_settled_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_settled_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settled")),
        sa.UniqueConstraint("document_id", "person_id", "revision", name=op.f("uq_settled_document_id")),
    )
    with op.batch_alter_table("settled", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_settled_person_id"), ["person_id"], unique=False)

    op.create_table(
        "track",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("horizon", sa.String(length=10), nullable=False),
        sa.Column("certificate", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["document.id"], name=op.f("fk_track_id_document"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
    )
    op.create_table(
        "track_item",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("section", sa.String(length=200), nullable=False),
        sa.Column("offset_days", sa.Integer(), nullable=False),
        sa.Column("target_kind", sa.String(length=20), nullable=False),
        sa.Column("target_slug", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=400), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_track_item_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "revision", "position", name=op.f("pk_track_item")),
    )
    op.create_table(
        "playbook_run_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("entered", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_playbook_run_entry_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["playbook_run.id"], name=op.f("fk_playbook_run_entry_run_id_playbook_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_run_entry")),
        sa.UniqueConstraint("by_id", "idempotency_key", name=op.f("uq_playbook_run_entry_by_id")),
    )
    with op.batch_alter_table("playbook_run_entry", schema=None) as batch_op:
        batch_op.create_index("ix_playbook_run_entry_run_id_id", ["run_id", "id"], unique=False)

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("names_authors", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("named_since", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("comments", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index("ix_document_kind_updated_at", ["kind", "updated_at"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("languages", sa.JSON().with_variant(JSONB(), "postgresql"), server_default="[]", nullable=False)
        )
        batch_op.add_column(sa.Column("can_help", sa.String(length=400), server_default="", nullable=False))
        batch_op.add_column(sa.Column("sought", sa.String(length=1200), server_default="", nullable=False))

    _fill_what_is_sought()


def _fill_what_is_sought() -> None:
    """People who were here before are found without their accents too, as `wiki.people.models` writes it for new ones."""
    person = sa.table("person", sa.column("id"), sa.column("name"), sa.column("sought"))
    connection = op.get_bind()
    for number, name in connection.execute(sa.select(person.c.id, person.c.name)).all():
        bare = (sign for sign in unicodedata.normalize("NFKD", name) if unicodedata.category(sign) != "Mn")
        sought = " ".join("".join(bare).casefold().split())
        connection.execute(sa.update(person).where(person.c.id == number).values(sought=sought))


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("sought")
        batch_op.drop_column("can_help")
        batch_op.drop_column("languages")

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_kind_updated_at")
        batch_op.drop_column("comments")
        batch_op.drop_column("named_since")
        batch_op.drop_column("names_authors")

    with op.batch_alter_table("playbook_run_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_playbook_run_entry_run_id_id")

    op.drop_table("playbook_run_entry")
    op.drop_table("track_item")
    op.drop_table("track")
    with op.batch_alter_table("settled", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_settled_person_id"))

    op.drop_table("settled")
    op.drop_table("question")
    with op.batch_alter_table("playbook_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_playbook_run_document_id"))

    op.drop_table("playbook_run")
    op.drop_table("playbook")
    op.drop_table("module")
    with op.batch_alter_table("lesson_use", schema=None) as batch_op:
        batch_op.drop_index("ix_lesson_use_document_id_person_id")

    op.drop_table("lesson_use")
    op.drop_table("lesson")
    with op.batch_alter_table("learning_event", schema=None) as batch_op:
        batch_op.drop_index("ix_learning_event_person_id_document_id")
        batch_op.drop_index(batch_op.f("ix_learning_event_document_id"))

    op.drop_table("learning_event")
    with op.batch_alter_table("help_offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_help_offer_document_id"))

    op.drop_table("help_offer")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_document_id"))

    op.drop_table("enrolment")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_index("ix_comment_document_id_id")

    op.drop_table("comment")
    op.drop_table("lesson_draft")
