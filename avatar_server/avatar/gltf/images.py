"""Textures: PNG, JPEG, WebP (and AVIF where Pillow has it) to straight-alpha RGBA."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from avatar_server.avatar.gltf.buffers import BufferViews, read_uri
from avatar_server.avatar.gltf.container import GltfFile
from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.material import Texture, TextureUse, Wrap
from avatar_server.errors import AvatarFileError
from avatar_server.types import ByteArray

MAX_IMAGE_SIDE: Final = 8192
KEPT_SIDE: Final = 2048
"""Larger textures are made smaller: a frame of video shows no more of them."""
MAX_PIXELS: Final = 128 * 1024 * 1024
"""Of all textures of a file together; half a gigabyte."""
MAX_TEXTURE_SETS: Final = 4
"""Of texture coordinates in a file, TEXCOORD_0 to TEXCOORD_3."""
MAX_DECODED_PIXELS: Final = 768 * 1024 * 1024
"""The same before large ones are made smaller: eleven of the largest side."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "AVIF")
_WRAPS: Final[dict[int, Wrap]] = {10497: "repeat", 33071: "clamp", 33648: "mirror"}


ImageKey = int | str
"""A buffer view, or an address."""


class Textures:
    """The textures that materials ask for, each decoded once, in the order of asking."""

    def __init__(self, file: GltfFile, views: BufferViews) -> None:
        self._file = file
        self._views = views
        self._textures = file.json.objects("textures")
        self._images = file.json.objects("images")
        self._samplers = file.json.objects("samplers")
        self._rows: dict[tuple[int, int | None], int] = {}
        self._pixels: dict[ImageKey, ByteArray] = {}
        self._decoded_pixels = 0
        self.read: list[Texture] = []

    @property
    def count(self) -> int:
        return len(self._textures)

    def use(self, owner: JsonObject, key: str) -> TextureUse | None:
        """The textureInfo under ``key`` with its KHR_texture_transform, or None if absent."""
        if key not in owner:
            return None
        info = owner.object(key)
        index = info.index("index", len(self._textures))
        if index is None:
            return None
        row = self.row(index)
        if row is None:
            return None
        transform = info.object("extensions").object("KHR_texture_transform").leniently()
        offset_x, offset_y = transform.numbers("offset", (0.0, 0.0))
        scale_x, scale_y = transform.numbers("scale", (1.0, 1.0))
        return TextureUse(
            row,
            min(transform.integer("texCoord", info.integer("texCoord")), MAX_TEXTURE_SETS - 1),
            (offset_x, offset_y),
            (scale_x, scale_y),
            transform.number("rotation", 0.0),
        )

    def row(self, index: int) -> int | None:
        """The row in ``read`` of the file's texture ``index``; None if it has no image at all."""
        if not 0 <= index < len(self._textures):
            raise AvatarFileError(f"texture {index} of {len(self._textures)} is used")
        entry = self._textures[index]
        source = self._source(entry)
        if source is None:
            return None
        key = (source, entry.index("sampler", len(self._samplers)))
        if key not in self._rows:
            self._rows[key] = len(self.read)
            self.read.append(self._texture(source, key[1]))
        return self._rows[key]

    def _source(self, entry: JsonObject) -> int | None:
        extensions = entry.object("extensions")
        for name in ("EXT_texture_webp", "EXT_texture_avif"):
            if name in extensions:
                source = extensions.object(name).index("source", len(self._images))
                if source is not None:
                    return source
        source = entry.index("source", len(self._images))
        if source is None and "KHR_texture_basisu" in extensions:
            raise entry.fail(
                "is Basis Universal (KTX2), which is not read; save it as PNG, JPEG or WebP"
            )
        return source

    def _texture(self, source: int, sampler: int | None) -> Texture:
        key = self._key(source)
        if key not in self._pixels:
            self._pixels[key] = self._decode(source)
            total = sum(p.shape[0] * p.shape[1] for p in self._pixels.values())
            if total > MAX_PIXELS:
                raise AvatarFileError(
                    f"its textures have more than {MAX_PIXELS // 1024**2} million pixels together"
                )
        settings = (
            self._samplers[sampler] if sampler is not None else JsonObject({}, "")
        ).leniently()
        return Texture(
            self._pixels[key],
            _WRAPS.get(settings.integer("wrapS", 10497), "repeat"),
            _WRAPS.get(settings.integer("wrapT", 10497), "repeat"),
            settings.integer("magFilter", 9729) == 9728,
        )

    def _key(self, source: int) -> ImageKey:
        """The same for images that have the same bytes."""
        entry = self._images[source]
        view = entry.index("bufferView", self._views.count)
        return entry.text("uri") if view is None else view

    def _decode(self, source: int) -> ByteArray:
        entry = self._images[source]
        uri = entry.text("uri")
        view = entry.index("bufferView", self._views.count)
        if view is not None:
            content = self._views.content(view).tobytes()
        elif uri:
            content = read_uri(uri, self._file.folder, entry.where)
        else:
            raise entry.fail("has neither a buffer view nor a URI")
        width, height = image_size(content, entry.where)
        self._decoded_pixels += width * height
        if self._decoded_pixels > MAX_DECODED_PIXELS:
            raise AvatarFileError(
                f"its images have more than {MAX_DECODED_PIXELS // 1024**2} million pixels"
            )
        return decode_image(content, entry.where)


def image_size(content: bytes, where: str) -> tuple[int, int]:
    """Width and height by the header, before anything is unpacked.

    Raises ``AvatarFileError`` for what is no image, or too large a one."""
    if content[:12] == b"\xabKTX 20\xbb\r\n\x1a\n":
        raise AvatarFileError(f"{where}: is KTX2, which is not read; save it as PNG, JPEG or WebP")
    with _opened(content, where) as image:
        width, height = image.size
    if max(width, height) > MAX_IMAGE_SIDE or not min(width, height):
        raise AvatarFileError(
            f"{where}: {width}x{height} pixels; at most {MAX_IMAGE_SIDE} a side are read"
        )
    return width, height


def decode_image(content: bytes, where: str) -> ByteArray:
    """uint8 (h, w, 4) of an encoded image, at most ``KEPT_SIDE`` on a side.

    Raises ``AvatarFileError``."""
    image_size(content, where)
    with _opened(content, where) as image:
        return _rgba(image)


@contextmanager
def _opened(content: bytes, where: str) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            yield image
    except UnidentifiedImageError:
        raise AvatarFileError(f"{where}: is not a PNG, JPEG or WebP image") from None
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file leads them to.
        raise AvatarFileError(f"{where}: the image is broken: {error}") from None


def _rgba(image: Image.Image) -> ByteArray:
    if image.mode.startswith("I"):
        deep = np.asarray(image, np.float64) / 257.0
        image = Image.fromarray(np.clip(deep, 0, 255).astype(np.uint8))
    if image.format == "JPEG" and max(image.size) > KEPT_SIDE:
        image.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
    # As browsers decode textures: turned as the camera was held.
    rgba = ImageOps.exif_transpose(image).convert("RGBA")
    factor = -(-max(rgba.size) // KEPT_SIDE)
    if factor > 1:
        rgba = rgba.reduce(factor)
    return np.array(rgba, np.uint8)
