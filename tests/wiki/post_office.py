"""A real mail server on this machine for the tests of mail, which takes letters, refuses them, or goes away."""

from __future__ import annotations

import email
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class PostOffice:
    """What a server took, and what it answers to an address instead of taking a letter for it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: dict[str, str] = {}
        self.after_data = ""
        self.signed_in: list[str] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.answers.get(address) == "hang up":
            server.transport.close()
        elif address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after_data:
            return self.after_data
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        self.recipients.append(envelope.rcpt_tos)
        return "250 Taken"

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=data.password == b"right", handled=False)

    @contextmanager
    def open(self, tls: ssl.SSLContext | None = None, port: int = 0, **more: Any) -> Iterator[PostOffice]:
        """Answer meanwhile, on a free port unless one is given."""
        port = port or free_port()
        controller = Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            tls_context=tls,
            authenticator=self.check,
            server_hostname="post",
            **more,
        )
        controller.start()
        self.port = port
        try:
            yield self
        finally:
            controller.stop()


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def words(letter: EmailMessage) -> str:
    """All that a letter says: its headers, its text and its HTML."""
    parts = [letter.get_body((kind,)) for kind in ("plain", "html")]
    return "\n".join(
        [*(f"{name}: {value}" for name, value in letter.items()), *(part.get_content() for part in parts if part)]
    )
