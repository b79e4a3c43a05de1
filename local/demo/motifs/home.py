"""Home and kitchen."""

from ..paint import Paint, box, disc, line, oval, path

WOOD, STEEL = "#b98a5a", "#c3c9d1"


def lamp(p: Paint) -> str:
    return (
        path("M150 70 L250 70 L296 190 L104 190 Z", p.base)
        + path("M150 70 L176 70 L148 190 L104 190 Z", p.light, 'opacity=".7"')
        + path("M104 190 L296 190 L334 300 Q200 330 66 300 Z", "#ffe9a8", 'opacity=".45"')
        + box(193, 190, 14, 126, 4, WOOD)
        + oval(200, 324, 62, 13, p.deep)
        + line("M236 190 L236 226", p.dark, 3)
        + disc(236, 230, 6, p.dark)
    )


def bedding(p: Paint) -> str:
    return (
        box(64, 130, 272, 60, 24, "#fbfaf7")
        + box(82, 108, 108, 64, 26, p.pale)
        + box(210, 108, 108, 64, 26, p.pale)
        + path("M56 190 Q200 164 344 190 L352 310 Q352 330 332 330 L68 330 Q48 330 48 310 Z", p.base)
        + path("M56 190 Q200 164 344 190 L346 222 Q200 196 54 222 Z", p.light)
        + line(
            "M120 226 L112 326 M200 218 L200 328 M280 226 L288 326 M54 272 Q200 250 346 272", p.dark, 3, 'opacity=".55"'
        )
    )


def cushion(p: Paint) -> str:
    return (
        path(
            "M84 116 Q200 84 316 116 Q336 120 328 144 Q306 220 328 300 Q334 324 312 326 Q200 350 88 326 Q66 324 72 300 "
            "Q94 220 72 144 Q66 120 84 116 Z",
            p.base,
        )
        + line("M112 146 Q200 124 288 146 Q272 220 288 294 Q200 316 112 294 Q128 220 112 146 Z", p.light, 5)
        + "".join(line(f"M{x} 150 L{x - 40} 300", p.dark, 3, 'opacity=".45"') for x in range(170, 300, 32))
    )


def mug(p: Paint) -> str:
    return (
        line("M272 156 Q338 150 334 212 Q330 268 262 266", p.dark, 20)
        + path("M100 128 L284 128 L272 306 Q270 334 240 334 L144 334 Q114 334 112 306 Z", p.base)
        + oval(192, 128, 92, 20, p.light)
        + oval(192, 130, 76, 14, "#6b4226")
        + path("M112 168 Q118 300 138 326 Q118 324 114 306 Z", p.light, 'opacity=".8"')
        + line("M160 96 Q148 78 164 60 M200 96 Q188 78 204 60", "#9aa0a8", 5, 'opacity=".6"')
    )


def kettle(p: Paint) -> str:
    return (
        line("M118 150 Q96 62 200 62 Q280 62 284 128", p.deep, 16)
        + path(
            "M118 146 L282 146 Q310 236 292 318 Q288 334 268 334 L132 334 Q112 334 108 318 Q90 236 118 146 Z", p.base
        )
        + path("M286 178 Q320 178 344 140 L352 150 Q336 214 298 224 Z", p.dark)
        + path("M118 146 L282 146 Q284 130 262 126 L138 126 Q116 130 118 146 Z", p.light)
        + disc(200, 118, 12, p.deep)
        + path("M128 176 Q112 250 126 316 L142 316 Q130 250 144 176 Z", p.light, 'opacity=".7"')
        + box(150, 320, 100, 14, 4, p.deep)
    )


def pan(p: Paint) -> str:
    return (
        box(270, 226, 112, 22, 11, WOOD, 'transform="rotate(-16 270 237)"')
        + path("M56 222 L288 222 Q284 312 236 316 L108 316 Q60 312 56 222 Z", p.base)
        + oval(172, 222, 116, 26, p.dark)
        + oval(172, 224, 100, 19, p.deep)
        + oval(158, 222, 44, 12, "#fffdf5")
        + disc(162, 219, 10, "#f4b740")
        + path("M66 246 Q74 300 112 310 Q86 306 76 286 Z", p.light)
    )


def flask(p: Paint) -> str:
    return (
        box(160, 60, 80, 54, 14, p.dark)
        + box(168, 110, 64, 14, 2, STEEL)
        + box(142, 122, 116, 212, 30, p.base)
        + box(154, 136, 16, 180, 8, p.light, 'opacity=".8"')
        + box(142, 250, 116, 12, 0, p.dark, 'opacity=".45"')
        + line("M240 74 Q266 74 264 100", p.deep, 8)
        + disc(208, 194, 16, p.pale, 'opacity=".85"')
    )


def knife(p: Paint) -> str:
    return (
        path("M72 220 L250 132 Q272 122 282 140 L294 164 Q180 262 96 262 Z", STEEL)
        + path("M72 220 L250 132 L256 144 L84 240 Z", "#e8ecf1")
        + box(270, 112, 92, 34, 14, p.base, 'transform="rotate(-26 270 140)"')
        + disc(300, 122, 5, p.pale)
        + disc(330, 108, 5, p.pale)
        + box(70, 290, 260, 38, 12, WOOD)
        + line("M90 302 L300 302 M110 314 L310 314", "#9c7145", 2.5)
    )


def vase(p: Paint) -> str:
    leaves = "".join(
        path(f"M200 168 Q{x} {y + 46} {x} {y} Q{x + 26} {y + 36} 200 168 Z", green)
        for x, y, green in ((140, 70, "#5e8c61"), (236, 52, "#7aa874"), (276, 96, "#5e8c61"), (182, 42, "#8fbf87"))
    )
    return (
        leaves
        + path(
            "M168 160 L232 160 L228 190 Q286 226 268 300 Q260 334 200 334 Q140 334 132 300 Q114 226 172 190 Z", p.base
        )
        + path("M150 232 Q136 290 158 322 Q140 316 134 296 Q126 262 150 232 Z", p.light)
        + line("M134 262 Q200 284 266 262", p.dark, 4, 'opacity=".6"')
        + oval(200, 160, 32, 7, p.deep)
    )


def chair(p: Paint) -> str:
    return (
        line("M140 250 L118 334 M260 250 L282 334 M160 250 L152 326 M240 250 L248 326", WOOD, 11)
        + path("M122 96 Q200 70 278 96 L268 214 L132 214 Z", p.base)
        + path("M140 108 Q200 90 260 108 L252 200 L148 200 Z", p.light, 'opacity=".75"')
        + path("M110 216 L290 216 Q304 250 278 260 L122 260 Q96 250 110 216 Z", p.dark)
    )


ALL = {
    "lamp": lamp, "bedding": bedding, "cushion": cushion, "mug": mug, "kettle": kettle, "pan": pan, "flask": flask,
    "knife": knife, "vase": vase, "chair": chair,
}  # fmt: skip
