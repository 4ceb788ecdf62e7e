"""Why a text is refused, told in words its author can act on."""


def N_(message: str) -> str:  # noqa: N802
    """Mark a message for translation; whoever shows the refusal translates it."""
    return message


class TextRefused(ValueError):
    """The text cannot be taken as it stands; `message` tells the author why, in English, ready for translation.

    `values` belong into the message: `str()` of the refusal has them there already.
    """

    message = N_("This text cannot be saved.")

    def __init__(self, message: str | None = None, **values: object) -> None:
        self.message, self.values = message or type(self).message, values
        super().__init__(self.message % values if values else self.message)


class TextTooLong(TextRefused):
    """More than 200,000 bytes of UTF-8."""

    message = N_("This text is longer than 200 kB. Please split it into several pages.")


class TextTooSlow(TextRefused):
    """Reading the Markdown took longer than its budget: hardly ever an accident."""

    message = N_("This text takes too long to read. It may hold too many brackets, nested lists or tables.")


class TextNotUnicode(TextRefused):
    """The text holds half a surrogate pair, which no file or database can store."""

    message = N_("This text holds characters that cannot be stored. Please paste it again as plain text.")
