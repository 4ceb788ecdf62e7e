"""Requests in words: where they stand, what happens next and when, and why something was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import format_date, format_datetime, gettext as _, lazy_gettext as _l, ngettext

from wiki import db
from wiki.access.models import AccessRequest, RequestState
from wiki.asking import deadlines, operations, scope
from wiki.asking.desk import About, Row
from wiki.asking.targets import Target
from wiki.documents.sharing import REASONS, OnSilence
from wiki.people.calendar import Calendar, working_days_until
from wiki.settings import Settings

# Why a request can be refused: a closed list, so that people can be told and refusals be counted.
REFUSALS: dict[str, Any] = {
    "source-at-risk": _l("It would put a source or a contact at risk."),
    "not-decided": _l("It is not decided yet, and to know it early would do harm."),
    "not-ours": _l("It belongs to somebody else, who did not agree."),
    "personal-data": _l("It holds personal data that is not needed for this work."),
    "legal": _l("The law or an investigation forbids it."),
    "other-paper": _l("Another paper has what is needed."),
}
STATES: dict[str, Any] = {
    RequestState.ASKED: _l("Asked"),
    RequestState.GRANTED: _l("Granted"),
    RequestState.REFUSED: _l("Refused"),
    RequestState.LAPSED: _l("Granted by silence"),
    RequestState.ESCALATED: _l("Passed on"),
    RequestState.APPEALED: _l("Appealed"),
    RequestState.ALLOWED: _l("Granted on appeal"),
    RequestState.UPHELD: _l("Refusal upheld"),
    RequestState.WITHDRAWN: _l("Withdrawn"),
    RequestState.SETTLED: _l("Settled"),
}
TONES = {
    RequestState.GRANTED: "green",
    RequestState.LAPSED: "green",
    RequestState.ALLOWED: "green",
    RequestState.REFUSED: "red",
    RequestState.UPHELD: "red",
    RequestState.WITHDRAWN: "plain",
    RequestState.SETTLED: "plain",
}
# What an answer that came too late, or twice, is told.
TOO_LATE: dict[str, Any] = {
    RequestState.ASKED: _l("This request changed while you had it open. Look at it again. Nothing was changed."),
    RequestState.ESCALATED: _l("Meanwhile this was passed on. Look at it again. Nothing was changed."),
    RequestState.APPEALED: _l("This is an appeal by now; an arbiter decides it. Nothing was changed."),
    RequestState.GRANTED: _l("This was granted already. Nothing was changed."),
    RequestState.LAPSED: _l("This was granted already, because nobody answered in time. Nothing was changed."),
    RequestState.REFUSED: _l("This was refused already. Nothing was changed."),
    RequestState.ALLOWED: _l("The appeal was granted already. Nothing was changed."),
    RequestState.UPHELD: _l("The refusal was upheld already. Nothing was changed."),
    RequestState.WITHDRAWN: _l("This request was withdrawn. Nothing was changed."),
    RequestState.SETTLED: _l("Nothing is left to ask for here. Nothing was changed."),
}
SOON = timedelta(hours=24)


def title_of(about: About) -> str:
    """What a request is about; in words that name nothing where its reader may not know."""
    if not about.title:
        return _("Something that is held back")
    if about.is_passage:
        return _("A passage of “%(title)s”", title=about.title)
    return about.title


def moment(at: datetime) -> str:
    """A moment by the reader's own clock, such as “Thursday 26 November, 14:00”."""
    return str(format_datetime(at, _("EEEE d MMMM, HH:mm")))


def due(row: Row) -> str:
    """How much time is left, and until when by the reader's own clock."""
    return due_in(row.request.due_at, row.calendar)


def due_in(at: datetime | None, calendar: Calendar) -> str:
    """The same for any deadline."""
    now = db.now()
    if at is None:
        return _("no deadline: it opens by itself")
    if at <= now:
        return _("overdue since %(moment)s, your time", moment=moment(at))
    if at - now < SOON:
        hours = max(1, round((at - now) / timedelta(hours=1)))
        return ngettext("due in %(num)d hour (%(moment)s, your time)", "due in %(num)d hours (%(moment)s, your time)",
                        hours, moment=moment(at))  # fmt: skip
    days = max(1, working_days_until(calendar, now, at))
    return ngettext("due in %(num)d working day (%(moment)s, your time)",
                    "due in %(num)d working days (%(moment)s, your time)", days, moment=moment(at))  # fmt: skip


def next_step(row: Row, settings: Settings) -> str:
    """What happens next to a request, for whoever asked."""
    request, keeper = row.request, row.keeper or _("the group that keeps it")
    if request.state == RequestState.ASKED:
        return _while_asked(row, keeper)
    if request.state == RequestState.ESCALATED:
        who = _("an arbiter") if scope.is_with_arbiters(request) else _("a steward")
        return _("Nobody answered in time, so %(who)s has it now: %(due)s.", who=who, due=due(row))
    if request.state == RequestState.APPEALED:
        return _("An arbiter decides: %(due)s.", due=due(row))
    if request.state in (RequestState.GRANTED, RequestState.LAPSED, RequestState.ALLOWED):
        return _while_granted(row)
    if operations.may_appeal(request, settings, db.now()) and request.answered_at:
        last = deadlines.last_moment_to_appeal(settings, request.answered_at)
        return _("You can ask an arbiter to look at this once, until %(moment)s.", moment=moment(last))
    return _AFTERWARDS[request.state]() if request.state in _AFTERWARDS else ""


_AFTERWARDS: dict[str, Any] = {
    RequestState.REFUSED: lambda: _("This is the last word on it. If your need changes, ask again."),
    RequestState.UPHELD: lambda: _("The arbiter agreed with the refusal. If your need changes, ask again."),
    RequestState.WITHDRAWN: lambda: _("You took it back. You can ask again at any time."),
    RequestState.SETTLED: lambda: _("No answer is needed any more: you can read it by now, or it is gone."),
}


def _while_asked(row: Row, keeper: str) -> str:
    if row.request.due_at is None:
        if row.about.until is None:
            return _("It opens by itself when its time has come. They may still answer before.")
        day = format_date(row.about.until, _("d MMMM y"))
        return _("It opens by itself on %(day)s. They may still answer before.", day=day)
    answer = _("%(keeper)s is asked: %(due)s.", keeper=keeper, due=due(row))
    return f"{answer} {_on_silence(_silence(row.request.reason))}"


def _while_granted(row: Row) -> str:
    if row.reads_until is None or row.reads_until <= db.now():
        return _("Your leave to read it has ended. If you still need it, ask again.")
    until = format_date(row.last_day, _("d MMMM y"))
    return _("You can read it until %(day)s.", day=until)


def what_will_happen(target: Target, settings: Settings, at: datetime, calendar: Calendar) -> str:
    """What follows when somebody asks now, before they do."""
    answer = _("An answer is %(due)s.", due=due_in(at, calendar))
    return f"{answer} {_on_silence(target.on_silence, settings)}"


def _silence(reason: str) -> OnSilence:
    return REASONS[reason].on_silence if reason in REASONS else OnSilence.ESCALATES


def _on_silence(silence: OnSilence, settings: Settings | None = None) -> str:
    if silence == OnSilence.GRANTED:
        if settings is None:
            return _("If nobody answers by then, you can read it.")
        return ngettext("If nobody answers by then, you can read it for %(num)d day.",
                        "If nobody answers by then, you can read it for %(num)d days.",
                        settings.grant_days)  # fmt: skip
    if silence == OnSilence.WAIT:
        return _("If nobody answers by then, you are told when it opens.")
    return _("If nobody answers by then, a steward takes it up, and after that an arbiter.")


def hint_to_answer(request: AccessRequest, state: str) -> str:
    """What silence will lead to, for those who answer."""
    if state == RequestState.APPEALED:
        return _("Whoever asked was refused and asks an arbiter to look at it. No clock decides this.")
    if scope.is_with_arbiters(request):
        return _("Nobody answered in time. It waits for an arbiter; no clock grants it.")
    if state == RequestState.ESCALATED:
        return _("Nobody answered in time. If it stays so, an arbiter gets it; no clock grants it.")
    if request.due_at is None:
        return _("It opens by itself. You may still let them read it before.")
    silence = _silence(request.reason)
    if silence == OnSilence.GRANTED:
        return _("If nobody answers by then, they get leave to read it.")
    if silence == OnSilence.WAIT:
        return _("If nobody answers by then, they are told when it opens.")
    return _("If nobody answers by then, a steward takes it up.")
