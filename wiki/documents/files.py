"""Files of documents: checked, kept under the hash of their content, and served so that they can do no harm."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from flask_babel import lazy_gettext as _l
from PIL import Image

# Extension: the type it is served as. Pictures are drawn again, which drops everything that is not picture.
PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
DOCUMENTS = {
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "svg": "application/octet-stream",
    "html": "application/octet-stream",
    "htm": "application/octet-stream",
    "xml": "application/octet-stream",
    "json": "application/json",
    "zip": "application/zip",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "srt": "text/plain; charset=utf-8",
    "vtt": "text/plain; charset=utf-8",
}
TYPES = PICTURES | DOCUMENTS
_MAGIC = {
    "pdf": b"%PDF-",
    "zip": b"PK",
    "docx": b"PK",
    "xlsx": b"PK",
    "pptx": b"PK",
    "odt": b"PK",
    "ods": b"PK",
    "odp": b"PK",
}
MAX_PIXELS = 60_000_000
NAME_LENGTH = 120


class FileRefused(ValueError):
    """The file cannot be kept; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept."""

    name: str
    media_type: str
    content: bytes


def check(name: str, stream: IO[bytes], *, limit: int) -> CheckedFile:
    """Read and judge an upload. Raises FileRefused; reads at most `limit` bytes and one more."""
    clean = clean_name(name)
    extension = clean.rpartition(".")[2].lower()
    if "." not in clean or extension not in TYPES:
        raise FileRefused(
            _l("Files of this type are not kept here. Use PDF, Office, picture, text, sound or video files.")
        )
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise FileRefused(_l("This file is too big. Make it smaller, or link to where it is kept."))
    if not content:
        raise FileRefused(_l("This file is empty. Choose it again."))
    if not content.startswith(_MAGIC.get(extension, b"")):
        raise FileRefused(_l("What is in this file is not what its name says. Save it again in the right format."))
    if extension in PICTURES:
        content = _drawn_again(content, PICTURES[extension])
    return CheckedFile(clean, TYPES[extension], content)


def clean_name(name: str) -> str:
    """The last part of a name, without anything that a file system or a header could misread."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    last = re.sub(r"[^\w.()+ -]", "", last).strip(". ")
    stem, dot, extension = last.rpartition(".")
    return (stem[: NAME_LENGTH - len(extension) - 1] + dot + extension) if dot else last[:NAME_LENGTH]


def _drawn_again(content: bytes, media_type: str) -> bytes:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if Image.MIME.get(picture.format or "") != media_type:
                raise FileRefused(
                    _l("What is in this file is not what its name says. Save it again in the right format.")
                )
            if picture.width * picture.height > MAX_PIXELS:
                raise FileRefused(_l("This picture has too many pixels. Make it smaller and try again."))
            if getattr(picture, "n_frames", 1) > 1:
                return _moving(picture)
            picture.load()
            out = io.BytesIO()
            upright = picture if picture.format == "GIF" else _upright(picture)
            upright.save(out, format=picture.format, **({"quality": 88} if picture.format == "JPEG" else {}))
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(_l("This picture cannot be read. Save it again as PNG or JPEG.")) from error


def _upright(picture: Image.Image) -> Image.Image:
    from PIL import ImageOps

    # The orientation is in the EXIF data, which is dropped: turn the picture first.
    turned = ImageOps.exif_transpose(picture)
    turned.info.clear()
    return turned


def _moving(picture: Image.Image) -> bytes:
    if getattr(picture, "n_frames", 1) > 200:
        raise FileRefused(_l("This moving picture has too many frames. Keep it as a video instead."))
    out = io.BytesIO()
    picture.save(out, format=picture.format, save_all=True)
    return out.getvalue()


def is_picture(media_type: str) -> bool:
    """Whether a browser may show it in place; everything else is handed over as a download."""
    return media_type in PICTURES.values()


class FileStore(Protocol):
    """Keeps contents under their SHA-256. Another store (object storage) may take the place of the local one."""

    def put(self, content: bytes) -> str: ...

    def open(self, sha256: str) -> BinaryIO: ...

    def every(self) -> Iterator[str]: ...

    def remove(self, sha256: str) -> None: ...


class LocalFiles:
    """The store on the local disk: `<folder>/ab/cdef…`, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        place = self._place(sha256)
        if place.exists():
            return sha256
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, place)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        return sha256

    def open(self, sha256: str) -> BinaryIO:
        return self._place(sha256).open("rb")

    def every(self) -> Iterator[str]:
        for place in self.folder.glob("??/*"):
            if re.fullmatch(r"[0-9a-f]{62}", place.name):
                yield place.parent.name + place.name

    def remove(self, sha256: str) -> None:
        self._place(sha256).unlink(missing_ok=True)

    def _place(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256[2:]
