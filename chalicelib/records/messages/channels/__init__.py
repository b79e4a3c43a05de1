"""Ways to reach people, by kind of address and name. A new one is a package of its name, with a manifest and an adapter that
has `deliver(message)`, and a line here.

An adapter is imported when its channel first delivers: most functions send nothing before their first answer.
"""

from __future__ import annotations

from importlib import import_module

from .manifest import Channel as Channel

TABLE: tuple[Channel, ...] = tuple(
    import_module(f"{__name__}.{name}").CHANNEL
    for name in (
        "outbox",
        "sms",
        "tencent",
        "mail",
        "ses",
        "wechat",
        "mini",
        "wecom",
    )
)
KINDS = tuple(dict.fromkeys(kind for one in TABLE for kind in one.kinds))
CHANNELS: dict[str, dict[str, Channel]] = {
    kind: {one.name: one for one in TABLE if kind in one.kinds} for kind in KINDS
}
NAMED: dict[str, Channel] = {one.name: one for one in TABLE}
