"""Where a request for access can stand and what leads from where to where (03-sharing 3.6): plain Python, no clock.

`asked → granted | refused | lapsed | escalated → granted | refused → appealed → allowed | upheld`; whoever asked may
withdraw, and a request is settled when its text was opened, is gone, or can be read by the asker anyhow.
"""

from __future__ import annotations

from enum import StrEnum

from wiki.access.models import OPEN_REQUESTS, RequestState
from wiki.documents.sharing import OnSilence


class Step(StrEnum):
    """What can happen to a request."""

    GRANT = "grant"
    REFUSE = "refuse"
    LAPSE = "lapse"
    ESCALATE = "escalate"
    APPEAL = "appeal"
    ALLOW = "allow"
    UPHOLD = "uphold"
    WITHDRAW = "withdraw"
    SETTLE = "settle"


class NotNow(Exception):
    """The request stands where this cannot happen (any more). Nothing was changed."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


_FLOW: dict[tuple[RequestState, Step], RequestState] = {
    (RequestState.ASKED, Step.GRANT): RequestState.GRANTED,
    (RequestState.ASKED, Step.REFUSE): RequestState.REFUSED,
    (RequestState.ASKED, Step.LAPSE): RequestState.LAPSED,
    (RequestState.ASKED, Step.ESCALATE): RequestState.ESCALATED,
    # From the stewards to the arbiter; it is never granted by a clock.
    (RequestState.ESCALATED, Step.ESCALATE): RequestState.ESCALATED,
    (RequestState.ESCALATED, Step.GRANT): RequestState.GRANTED,
    (RequestState.ESCALATED, Step.REFUSE): RequestState.REFUSED,
    (RequestState.REFUSED, Step.APPEAL): RequestState.APPEALED,
    (RequestState.APPEALED, Step.ALLOW): RequestState.ALLOWED,
    (RequestState.APPEALED, Step.UPHOLD): RequestState.UPHELD,
    **{(state, Step.WITHDRAW): RequestState.WITHDRAWN for state in OPEN_REQUESTS},
    **{(state, Step.SETTLE): RequestState.SETTLED for state in OPEN_REQUESTS},
}


def after(state: str, step: Step) -> RequestState:
    """The state a step leads to. Raises NotNow where it cannot be taken."""
    found = _FLOW.get((RequestState(state), step))
    if found is None:
        raise NotNow(state)
    return found


def is_open(state: str) -> bool:
    """Whether somebody still has to say something."""
    return state in OPEN_REQUESTS


def at_the_deadline(state: str, on_silence: OnSilence, *, with_arbiter: bool) -> Step | None:
    """What silence until the deadline leads to; None for nothing but to be told of it."""
    if state == RequestState.ASKED and on_silence == OnSilence.GRANTED:
        return Step.LAPSE
    if state == RequestState.ASKED and on_silence == OnSilence.ESCALATES:
        return Step.ESCALATE
    if state == RequestState.ESCALATED and not with_arbiter:
        return Step.ESCALATE
    return None
