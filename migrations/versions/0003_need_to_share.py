"""Need to share requests passages notices and the chained log."""

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("window", sa.String(length=80), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_alarm_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["person.id"], name=op.f("fk_alarm_settled_by_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("code", "person_id", "window", name=op.f("uq_alarm_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alarm_public_id")),
    )
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alarm_raised_at"), ["raised_at"], unique=False)

    op.create_table(
        "holiday",
        sa.Column("group_id", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_holiday_group_id_group"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "once", name=op.f("uq_notice_person_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_public_id")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_mailed_at", ["mailed_at"], unique=False)
        batch_op.create_index("ix_notice_person_id_read_at", ["person_id", "read_at"], unique=False)

    op.create_table(
        "passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("held_until", sa.Date(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=True),
        sa.Column("review_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_because", sa.String(length=400), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_passage_created_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_passage_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passage_public_id")),
    )
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passage_document_id"), ["document_id"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_quarantine_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["person.id"], name=op.f("fk_quarantine_lifted_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["person.id"], name=op.f("fk_quarantine_set_by_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("public_id", name=op.f("uq_quarantine_public_id")),
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quarantine_document_id"), ["document_id"], unique=False)

    op.create_table(
        "spill_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_spill_report_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_spill_report_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["person.id"], name=op.f("fk_spill_report_settled_by_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spill_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_spill_report_public_id")),
    )
    with op.batch_alter_table("spill_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spill_report_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_spill_report_settled_at"), ["settled_at"], unique=False)

    op.create_table(
        "steward_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["person.id"],
            name=op.f("fk_steward_question_answered_by_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_steward_question_asked_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_steward_question_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steward_question")),
        sa.UniqueConstraint("public_id", name=op.f("uq_steward_question_public_id")),
    )
    with op.batch_alter_table("steward_question", schema=None) as batch_op:
        batch_op.create_index("ix_steward_question_answered_at", ["answered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_steward_question_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_steward_question_target"), ["target"], unique=False)

    op.create_table(
        "access_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("target", sa.String(length=12), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arbiter_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("refusal", sa.String(length=30), nullable=True),
        sa.Column("instead", sa.String(length=400), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal", sa.String(length=400), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(length=400), nullable=False),
        sa.Column("idempotency_key", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'granted', 'refused', 'lapsed', 'escalated', 'appealed', 'allowed', 'upheld', 'withdrawn', 'settled')",
            name=op.f("ck_access_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_access_request_answered_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_access_request_decided_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_access_request_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["access_grant.id"], name=op.f("fk_access_request_grant_id_access_grant"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["group.id"], name=op.f("fk_access_request_owner_id_group")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_access_request_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        sa.UniqueConstraint("person_id", "idempotency_key", name=op.f("uq_access_request_person_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_access_request_public_id")),
    )
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_request_document_id"), ["document_id"], unique=False)
        batch_op.create_index("ix_access_request_owner_id_state", ["owner_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_request_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_access_request_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_access_request_target_person_id", ["target", "person_id"], unique=False)

    op.create_table(
        "held_shingle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shingle", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("passage_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_held_shingle_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passage.id"], name=op.f("fk_held_shingle_passage_id_passage"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_shingle")),
    )
    with op.batch_alter_table("held_shingle", schema=None) as batch_op:
        batch_op.create_index("ix_held_shingle_document_id", ["document_id"], unique=False)
        batch_op.create_index("ix_held_shingle_shingle", ["shingle"], unique=False)

    op.create_table(
        "passage_label",
        sa.Column("passage_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=90), nullable=False),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passage.id"], name=op.f("fk_passage_label_passage_id_passage"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("passage_id", "label", name=op.f("pk_passage_label")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("passage_label", schema=None) as batch_op:
        batch_op.create_index("ix_passage_label_label", ["label", "passage_id"], unique=False)

    op.create_table(
        "passage_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("passage_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("toc", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("sections", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("links", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_passage_text_author_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passage.id"], name=op.f("fk_passage_text_passage_id_passage"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage_text")),
        sa.UniqueConstraint("passage_id", "revision", name=op.f("uq_passage_text_passage_id")),
    )
    op.create_table(
        "attachment_passage",
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("passage_id", sa.Integer(), nullable=False),
        sa.Column("open_from", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_attachment_passage_attachment_id_attachment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["passage_id"], ["passage.id"], name=op.f("fk_attachment_passage_passage_id_passage"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attachment_id", "passage_id", name=op.f("pk_attachment_passage")),
    )
    with op.batch_alter_table("attachment_passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_passage_passage_id"), ["passage_id"], unique=False)

    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sort", sa.String(length=12), server_default="leave", nullable=False))

    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("previous", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), server_default="", nullable=False))
        batch_op.create_index("ix_audit_event_actor_id_what_at", ["actor_id", "what", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_owner"), ["owner"], unique=False)

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hidden_asked_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("hidden_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("hidden_reminded", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("held_time", sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column("renewals", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("reminded", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("review_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("stopped_because", sa.String(length=400), server_default="", nullable=False))
        batch_op.add_column(sa.Column("passages", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_document_hidden_asked_by_id_person"),
            "person",
            ["hidden_asked_by_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weekend", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("notices_by_mail", sa.String(length=10), server_default="at-once", nullable=False)
        )
        batch_op.add_column(sa.Column("quiet_from", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quiet_until", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("digest_at", sa.DateTime(timezone=True), nullable=True))
    _chain_the_log()


def _chain_the_log() -> None:
    """Let each row of the log that is there already follow the one before it, as `wiki.access.audit` writes them."""
    connection = op.get_bind()
    log = sa.table(
        "audit_event",
        sa.column("id", sa.Integer),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("actor_id", sa.Integer),
        sa.column("what", sa.String),
        sa.column("about", sa.String),
        sa.column("details", sa.JSON().with_variant(JSONB(), "postgresql")),
        sa.column("previous", sa.String),
        sa.column("digest", sa.String),
    )
    last, count = "", 0
    for row in connection.execute(sa.select(log).order_by(log.c.id)).all():
        told = [last, _moment(row.at), row.actor_id, row.what, row.about, "", row.details]
        words = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(words.encode()).hexdigest()
        connection.execute(sa.update(log).where(log.c.id == row.id).values(previous=last, digest=digest))
        last, count = digest, count + 1
    if not count:
        return
    head = sa.table("audit_head", sa.column("id"), sa.column("digest"), sa.column("count"))
    connection.execute(sa.insert(head).values(id=1, digest=last, count=count))


def _moment(at: datetime) -> str:
    # SQLite keeps no time zone; all moments are in UTC.
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat()


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("digest_at")
        batch_op.drop_column("quiet_until")
        batch_op.drop_column("quiet_from")
        batch_op.drop_column("notices_by_mail")

    with op.batch_alter_table("group", schema=None) as batch_op:
        batch_op.drop_column("weekend")

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_document_hidden_asked_by_id_person"), type_="foreignkey")
        batch_op.drop_column("quarantined_at")
        batch_op.drop_column("passages")
        batch_op.drop_column("stopped_because")
        batch_op.drop_column("review_since")
        batch_op.drop_column("reminded")
        batch_op.drop_column("renewals")
        batch_op.drop_column("held_time")
        batch_op.drop_column("hidden_reminded")
        batch_op.drop_column("hidden_asked_at")
        batch_op.drop_column("hidden_asked_by_id")

    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_owner"))
        batch_op.drop_index("ix_audit_event_actor_id_what_at")
        batch_op.drop_column("digest")
        batch_op.drop_column("previous")
        batch_op.drop_column("owner")

    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.drop_column("sort")

    op.drop_table("passage_text")
    with op.batch_alter_table("passage_label", schema=None) as batch_op:
        batch_op.drop_index("ix_passage_label_label")

    op.drop_table("passage_label")
    with op.batch_alter_table("held_shingle", schema=None) as batch_op:
        batch_op.drop_index("ix_held_shingle_shingle")
        batch_op.drop_index("ix_held_shingle_document_id")

    op.drop_table("held_shingle")
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.drop_index("ix_access_request_target_person_id")
        batch_op.drop_index("ix_access_request_state_due_at")
        batch_op.drop_index(batch_op.f("ix_access_request_person_id"))
        batch_op.drop_index("ix_access_request_owner_id_state")
        batch_op.drop_index(batch_op.f("ix_access_request_document_id"))

    op.drop_table("access_request")
    with op.batch_alter_table("steward_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_steward_question_target"))
        batch_op.drop_index(batch_op.f("ix_steward_question_document_id"))
        batch_op.drop_index("ix_steward_question_answered_at")

    op.drop_table("steward_question")
    with op.batch_alter_table("spill_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spill_report_settled_at"))
        batch_op.drop_index(batch_op.f("ix_spill_report_document_id"))

    op.drop_table("spill_report")
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quarantine_document_id"))

    op.drop_table("quarantine")
    with op.batch_alter_table("attachment_passage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_passage_passage_id"))

    op.drop_table("attachment_passage")
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passage_document_id"))

    op.drop_table("passage")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_person_id_read_at")
        batch_op.drop_index("ix_notice_mailed_at")

    op.drop_table("notice")
    op.drop_table("holiday")
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alarm_raised_at"))
        batch_op.drop_index(batch_op.f("ix_alarm_person_id"))

    op.drop_table("alarm")
    op.drop_table("audit_head")
