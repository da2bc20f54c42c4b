"""An uploaded file on its way to disk, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from avatar_server.api import bodies
from avatar_server.api.problems import Problem

FORM = "multipart/form-data"
_FIELD = "file"


async def save_upload(request: Request, path: Path, limit: int) -> str:
    """Write the uploaded file to ``path``; the body is the file itself, or a form whose field
    ``file`` is it (RFC 7578). Returns the sender's name of the file, "" where it gave none.

    Raises Problem 413 beyond ``limit`` bytes, 400 for an empty body or a broken form.
    """
    body = bodies.chunks(request, limit, "an avatar file")
    with path.open("wb") as file:
        if bodies.media_type(request) == FORM:
            name = await _save_form(request, body, file)
        else:
            name = request.query_params.get("name", "")
            async for chunk in body:
                await asyncio.to_thread(file.write, chunk)
        if file.tell() == 0:
            raise Problem(400, "There is no file", "the body is empty; send a .vrm or .glb file")
    return name


async def _save_form(request: Request, body: AsyncIterator[bytes], file: BinaryIO) -> str:
    _, options = parse_options_header(request.headers["content-type"])
    boundary = options.get(b"boundary")
    if not boundary:
        raise Problem(400, "The form is broken", "its content type names no boundary")
    part = _FilePart()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": part.begin,
                "on_header_field": part.header_field,
                "on_header_value": part.header_value,
                "on_header_end": part.header_end,
                "on_part_data": part.data,
            },
        )
        async for chunk in body:
            parser.write(chunk)
            await asyncio.to_thread(file.write, part.take())
        parser.finalize()
    except MultipartParseError as error:
        raise Problem(400, "The form is broken", str(error)) from error
    if part.name is None:
        raise Problem(400, "There is no file", f"the form has no field {_FIELD!r} with a file")
    return part.name


class _FilePart:
    """Keeps the bytes of the form's part ``file`` and passes over all others."""

    def __init__(self) -> None:
        self.name: str | None = None
        self._wanted = False
        self._field = b""
        self._value = b""
        self._bytes = bytearray()

    def begin(self) -> None:
        self._wanted = False

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            if options.get(b"name") == _FIELD.encode() and self.name is None:
                self._wanted = True
                self.name = options.get(b"filename", b"").decode(errors="replace")
        self._field = self._value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._bytes += data[start:end]

    def take(self) -> bytes:
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken
