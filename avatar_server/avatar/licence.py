"""What a model's licence allows, as its VRM meta states it, and what follows from that.

Sources: the specification of VRMC_vrm 1.0 (meta.md), and the VRM Public License 1.0
(https://vrm.dev/licenses/1.0/en/), whose sections are named where a rule comes from them. VRM 0.x
is read in the same words (``vrm.meta0``). A file without VRM meta states nothing, and whoever
brings it answers for it.

A model that is simplified while it is read is not modified in the licence's sense: technical
changes that showing it needs are free (section 2(a)(7)), and no file comes of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from avatar_server.avatar.manifest import RATINGS, Rating
from avatar_server.avatar.model import ModelMeta
from avatar_server.errors import LicenceError
from avatar_server.types import Wearer

CommercialUsage = Literal["personalNonProfit", "personalProfit", "corporation"]
"""Who uses a model, and for what; VRM 1.0's words, from what is most often allowed upwards."""

COMMERCIAL_USAGES: Final[tuple[CommercialUsage, ...]] = get_args(CommercialUsage)

_WEARERS: Final[dict[str, tuple[Wearer, ...]]] = {
    "everyone": (),
    "onlyAuthor": ("author",),
    "onlySeparatelyLicensedPerson": ("author", "licensed"),
}
_MODIFIABLE: Final = ("allowModification", "allowModificationRedistribution")
_EXCESSES: Final = ("allowExcessivelyViolentUsage", "allowExcessivelySexualUsage")
_USES: Final[dict[CommercialUsage, str]] = {
    "personalNonProfit": "use without profit",
    "personalProfit": "use for a person's profit",
    "corporation": "use by a company",
}
_VRM0_WORDS: Final = {
    "onlyAuthor": "OnlyAuthor",
    "onlySeparatelyLicensedPerson": "ExplicitlyLicensedPerson",
}
MAX_CREDIT_CHARS: Final = 200
_COPYRIGHT: Final = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What may be done with a model. The defaults are those of a file that states nothing."""

    wearers: tuple[Wearer, ...] = ()
    """Who may act as it; empty is everybody."""
    commercial_usage: CommercialUsage = "corporation"
    credit_required: bool = False
    redistribution: bool = True
    modification: bool = True
    max_rating: Rating = "mature"
    """Expressions that are excessively violent or sexual (section 3(d)) are rated mature."""

    @classmethod
    def of(cls, meta: ModelMeta) -> Permissions:
        """What ``meta`` states; of a VRM, what it leaves out is not allowed."""
        stated = meta.permissions
        if not stated:
            return cls()
        usage = stated.get("commercialUsage")
        usages = [known for known in COMMERCIAL_USAGES if known == usage]
        return cls(
            wearers=_WEARERS.get(stated.get("avatarPermission", ""), ("author",)),
            commercial_usage=usages[0] if usages else "personalNonProfit",
            credit_required=stated.get("creditNotation") != "unnecessary",
            redistribution=stated.get("allowRedistribution") == "true",
            modification=stated.get("modification") in _MODIFIABLE,
            max_rating="mature" if all(stated.get(e) == "true" for e in _EXCESSES) else "teen",
        )


def lower_rating(a: Rating, b: Rating) -> Rating:
    """The stricter one of two ceilings."""
    return min(a, b, key=RATINGS.index)


def needed_to_wear(meta: ModelMeta, *stated: Wearer | None) -> tuple[Wearer, ...]:
    """What has to be said before acting as the model (section 3(c)), any one of it; empty where
    ``stated`` will do, or nothing is asked."""
    accepted = Permissions.of(meta).wearers
    return () if any(wearer in accepted for wearer in stated) else accepted


def check_wearer(meta: ModelMeta, *stated: Wearer | None) -> None:
    """Whether who has ``stated`` this, at the import or now, may act as the model.

    Raises ``LicenceError`` with ``field``, what is ``accepted``, and whose model it is.
    """
    accepted = needed_to_wear(meta, *stated)
    if not accepted:
        return
    whom = "its author or a licensed person" if "licensed" in accepted else "its author"
    answers = " or ".join(accepted)
    raise _refusal(
        meta,
        "avatarPermission",
        f"lets only {whom} wear it",
        f"if that is you, say i_am={answers} with the call, or import it with --i-am {answers}",
        field="i_am",
        accepted=list(accepted),
    )


def check_commercial_usage(meta: ModelMeta, usage: CommercialUsage) -> None:
    """Whether the model may be used for what a server is there for (sections 2(a)(2) and (3)).

    Raises ``LicenceError``.
    """
    allowed = Permissions.of(meta).commercial_usage
    if COMMERCIAL_USAGES.index(usage) > COMMERCIAL_USAGES.index(allowed):
        raise _refusal(
            meta,
            "commercialUsage",
            f"does not allow {_USES[usage]}, which this server is set up for",
            "choose another avatar, or ask its author",
        )


def check_redistribution(meta: ModelMeta) -> None:
    """Whether the file may be handed out to others. Raises ``LicenceError``."""
    if not Permissions.of(meta).redistribution:
        raise _refusal(
            meta,
            "allowRedistribution",
            "does not let its file be passed on",
            "get it from its author",
        )


def check_export(meta: ModelMeta, i_am: Wearer | None) -> None:
    """Whether another file may be made of the model ("Adapted Work Data", section 1(a)) and taken
    out of the server; its author and who has a licence of their own may. Raises ``LicenceError``.
    """
    if i_am is not None:
        return
    permissions = Permissions.of(meta)
    fix = "if you are its author or have a licence of your own, say --i-am author or licensed"
    if not permissions.modification:
        raise _refusal(meta, "modification", "does not let another file be made of it", fix)
    if not permissions.redistribution:
        raise _refusal(meta, "allowRedistribution", "does not let its file be passed on", fix)


def credit(meta: ModelMeta) -> str:
    """The line that has to be shown with the model (section 3(a)(1)); "" where none has to."""
    if not Permissions.of(meta).credit_required:
        return ""
    name = meta.title or "Avatar"
    parts = [f"{name} by {', '.join(meta.authors)}" if meta.authors else name]
    if meta.copyright:
        parts.append(meta.copyright if _COPYRIGHT.search(meta.copyright) else f"© {meta.copyright}")
    parts.append(licence_name(meta))
    return _printable(" · ".join(part for part in parts if part))[:MAX_CREDIT_CHARS]


def licence_name(meta: ModelMeta) -> str:
    """The licence for people to read; "" where none is named."""
    if meta.licence.startswith("LicenseRef-"):
        return meta.licence.removeprefix("LicenseRef-").replace("-", " ")
    return meta.licence


def _refusal(
    meta: ModelMeta, permission: str, forbids: str, fix: str, **terms: object
) -> LicenceError:
    name = f'"{_printable(meta.title)[:80]}"' if meta.title else "the model"
    where, value = as_written(meta, permission)
    avatar = {"name": meta.title, "authors": list(meta.authors)}
    return LicenceError(
        f"the licence of {name} {forbids} ({where}: {value}); {fix}",
        permission=where,
        value=value,
        avatar=avatar,
        **terms,
    )


def as_written(meta: ModelMeta, permission: str) -> tuple[str, str]:
    """A permission, by its name in VRM 1.0, as the file itself calls it, and its value there."""
    value = meta.permissions.get(permission, "")
    if meta.spec != "VRM 0.x":
        return permission, value
    if permission == "avatarPermission":
        return "allowedUserName", _VRM0_WORDS.get(value, value)
    if permission == "commercialUsage":
        return "commercialUssageName", "Disallow"
    return "licenseName", meta.permissions.get("licenseName", "none")


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
