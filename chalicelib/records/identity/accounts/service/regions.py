"""The administrative divisions of China by the codes of GB/T 2260: which there are, what lies below, and whether the names
of a place are those of its code.

`regions.txt` has a line a province (`44 广东省`) and a prefecture with its counties (`4403 深圳市 03罗湖区 …`), `-` where none
lies between; after `retired` come codes abolished since the year 2000, by the name they had last. Read when first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..rules import RegionNamesWrong, RegionNotFound, RegionRetired, RegionTooWide

DIRECT = "90"  # counties that no prefecture stands over: 济源, 仙桃, 石河子
BETWEEN = frozenset(  # what is written for a prefecture where there is none
    {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县", "省直辖行政单位", "省直辖县级行政单位"}
)
AREAS = frozenset({"香港岛", "九龙", "新界", "澳门半岛", "氹仔", "路环", "离岛"})  # and in Hong Kong and Macao
ENDING = "省|市|区|县|旗|盟|地区|林区|特区|新区|特别行政区|[一-鿿]{0,12}自治[区州县旗]"  # what people leave out


class Names(NamedTuple):
    """Province, city and district of a place."""

    province: str
    city: str
    district: str


class Region(NamedTuple):
    """A division: its code, its name, and whether others lie below it."""

    code: str
    name: str
    more: bool


class _Known(NamedTuple):
    names: dict[str, str]
    below: dict[str, list[str]]
    retired: dict[str, str]


def below(parent: str | None) -> list[Region]:
    """The divisions right below one, or the provinces. Raises RegionNotFound."""
    known = _known()
    if parent is not None and parent not in known.names:
        raise RegionNotFound(region=parent)
    return [Region(code, known.names[code], code in known.below) for code in known.below.get(parent or "", [])]


def known(area: str) -> bool:
    """Whether there is, or ever was, a division with this code, or one whose code begins so."""
    known = _known()
    full = area.ljust(6, "0")
    return full in known.names or full in known.retired or any(code.startswith(area) for code in known.names)


def named(region: str) -> str:
    """The names of a division and of those above it, as one text; its code where it has none."""
    known = _known()
    codes = dict.fromkeys((f"{region[:2]}0000", f"{region[:4]}00", region))
    names = [known.names.get(code) or known.retired.get(code, "") for code in codes]
    return " ".join(name for name in names if name) or region


def names_of(region: str) -> Names:
    """The official names of a place. Raises RegionNotFound, RegionRetired, RegionTooWide."""
    known = _known()
    if region in known.retired:
        raise RegionRetired(region=region, name=known.retired[region])
    _refuse_unknown(region, known)
    return _names(region, known)


def official(region: str, told: Names, before: Callable[[], Names | None]) -> Names:
    """The names of a region as they are officially, if the names told are meant for it. A retired code stays with an
    address that has it already (`before`: the names it has under this code), and starts no new one.

    Raises RegionNotFound, RegionRetired, RegionTooWide, RegionNamesWrong.
    """
    known = _known()
    if region in known.retired:
        if before() != told:
            raise RegionRetired(region=region, name=known.retired[region])
        return told
    _refuse_unknown(region, known)

    right = _names(region, known)
    if region.endswith("0000"):
        right = right._replace(
            city=told.city, district=told.district
        )  # in Taiwan, Hong Kong, Macao nothing needs a name
        fit = True
    elif region.endswith("00"):
        right = right._replace(district="" if _fits(told.district, right.city) else told.district)  # but towns
        fit = _fits(told.city, right.city)
    elif region[2:4] == DIRECT:
        over = told.city in BETWEEN or _fits(told.city, right.province)
        fit = (
            _fits(told.district, right.city)
            if over
            else _fits(told.city, right.city) and (not told.district or _fits(told.district, right.city))
        )
    else:
        over = _fits(told.city, right.city) or (f"{region[:4]}00" not in known.names and told.city in BETWEEN)
        over = over or (region.startswith(("81", "82")) and told.city in AREAS)
        fit = over and _fits(told.district, right.district)
    if not fit or not _fits(told.province, right.province):
        raise RegionNamesWrong(region=region, **right._asdict())
    return right


def _refuse_unknown(region: str, known: _Known) -> None:
    if region not in known.names:
        raise RegionNotFound(region=region)
    if region in known.below and not region.startswith(("81", "82")):
        raise RegionTooWide(region=region, name=known.names[region])


def _names(region: str, known: _Known) -> Names:
    """The official names of a place, as far as its code says them."""
    province, city, name = (known.names.get(code, "") for code in (f"{region[:2]}0000", f"{region[:4]}00", region))
    if region.endswith("00"):
        return Names(province, "" if region.endswith("0000") else city, "")  # no districts lie below it
    if region[2:4] == DIRECT:
        return Names(province, name, "")
    return Names(province, city or province, name)


def _fits(told: str, name: str) -> bool:
    """Whether a name is the official one, perhaps without its ending: 深圳 is 深圳市, 广西 is 广西壮族自治区."""
    rest = name.removeprefix(told)
    return told == name or (len(told) > 1 and rest != name and re.fullmatch(ENDING, rest) is not None)


@cache
def _known() -> _Known:
    text = Path(__file__).with_name("regions.txt").read_text(encoding="utf-8")
    present, _, retired = text.partition("retired\n")
    names = dict(_entries(present))
    found: dict[str, list[str]] = {}
    for code in names:
        found.setdefault(_above(code, names), []).append(code)
    return _Known(names, found, dict(_entries(retired)))


def _entries(text: str) -> list[tuple[str, str]]:
    found = []
    for line in text.splitlines():
        code, name, *counties = line.split(" ")
        found += [(code.ljust(6, "0"), name)] if name != "-" else []
        found += [(f"{code}{county[:2]}", county[2:]) for county in counties]
    return found


def _above(code: str, names: dict[str, str]) -> str:
    """The code of the division that one lies in; nothing for a province."""
    if code.endswith("0000"):
        return ""
    prefecture = f"{code[:4]}00"
    return prefecture if prefecture != code and prefecture in names else f"{code[:2]}0000"
