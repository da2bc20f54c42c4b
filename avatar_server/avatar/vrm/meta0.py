"""The meta of VRM 0.x: who made the model and what may be done with it, in VRM 1.0's words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from avatar_server.avatar.gltf.json_reader import JsonObject
from avatar_server.avatar.model import ModelMeta

_CREATIVE_COMMONS: Final = {
    "CC0": ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC_BY": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC_BY_NC": ("CC-BY-NC-4.0", "https://creativecommons.org/licenses/by-nc/4.0/"),
    "CC_BY_SA": ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "CC_BY_NC_SA": ("CC-BY-NC-SA-4.0", "https://creativecommons.org/licenses/by-nc-sa/4.0/"),
    "CC_BY_ND": ("CC-BY-ND-4.0", "https://creativecommons.org/licenses/by-nd/4.0/"),
    "CC_BY_NC_ND": ("CC-BY-NC-ND-4.0", "https://creativecommons.org/licenses/by-nc-nd/4.0/"),
}
_AVATAR_PERMISSION: Final = {
    "OnlyAuthor": "onlyAuthor",
    "ExplicitlyLicensedPerson": "onlySeparatelyLicensedPerson",
    "Everyone": "everyone",
}


def read_meta(part: JsonObject) -> ModelMeta:
    """What is not said is taken as not allowed."""
    name = part.text("licenseName")
    licence, url = _CREATIVE_COMMONS.get(name, ("", part.text("otherLicenseUrl")))
    author = part.text("author")
    return ModelMeta(
        title=part.text("title"),
        version=part.text("version"),
        authors=(author,) if author else (),
        licence=licence,
        licence_url=url,
        spec="VRM 0.x",
        permissions=MappingProxyType(_permissions(part, name)),
    )


def _permissions(part: JsonObject, licence: str) -> dict[str, str]:
    def allowed(key: str) -> str:
        return "true" if part.text(key) == "Allow" else "false"

    shared = licence in _CREATIVE_COMMONS
    commercial = part.text("commercialUssageName") == "Allow"  # The specification's spelling.
    permissions = {
        "avatarPermission": _AVATAR_PERMISSION.get(part.text("allowedUserName"), "onlyAuthor"),
        "commercialUsage": "corporation" if commercial else "personalNonProfit",
        "creditNotation": "unnecessary" if licence == "CC0" else "required",
        "modification": "allowModificationRedistribution"
        if shared and not licence.endswith("_ND")
        else "prohibited",
        "allowExcessivelyViolentUsage": allowed("violentUssageName"),
        "allowExcessivelySexualUsage": allowed("sexualUssageName"),
        "allowPoliticalOrReligiousUsage": "false",
        "allowAntisocialOrHateUsage": "false",
        "allowRedistribution": "true" if shared else "false",
    }
    for key in ("licenseName", "otherPermissionUrl"):
        if text := part.text(key):
            permissions[key] = text
    return permissions
