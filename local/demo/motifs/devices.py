"""Electronics."""

from ..paint import Paint, box, disc, line, mixed, oval, path

GLASS = "#1d2430"


def phone(p: Paint) -> str:
    return (
        box(96, 66, 132, 268, 24, p.dark)
        + box(102, 72, 120, 256, 19, p.base)
        + box(112, 84, 56, 74, 16, p.light)
        + "".join(disc(x, y, 15, GLASS) + disc(x - 4, y - 4, 4, "#7f8fb0") for x, y in ((132, 104), (132, 138)))
        + disc(156, 120, 6, "#fff6d6")
        + box(182, 66, 126, 268, 24, "#30353d")
        + box(188, 72, 114, 256, 19, GLASS)
        + path(
            "M188 220 Q230 180 302 240 L302 309 Q302 328 283 328 L207 328 Q188 328 188 309 Z", p.base, 'opacity=".9"'
        )
        + path(
            "M188 262 Q250 226 302 282 L302 309 Q302 328 283 328 L207 328 Q188 328 188 309 Z", p.light, 'opacity=".9"'
        )
        + disc(272, 132, 20, p.pale, 'opacity=".9"')
        + box(226, 80, 38, 10, 5, "#05070b")
    )


def laptop(p: Paint) -> str:
    return (
        box(92, 98, 216, 160, 14, p.dark)
        + box(102, 108, 196, 140, 6, GLASS)
        + path("M102 208 Q160 150 220 196 T298 170 L298 242 Q298 248 292 248 L108 248 Q102 248 102 242 Z", p.base)
        + path(
            "M102 230 Q180 186 298 218 L298 242 Q298 248 292 248 L108 248 Q102 248 102 242 Z", p.light, 'opacity=".8"'
        )
        + path("M60 318 L84 262 L316 262 L340 318 Q342 332 326 332 L74 332 Q58 332 60 318 Z", p.base)
        + path("M98 270 L302 270 L314 300 L86 300 Z", p.deep, 'opacity=".8"')
        + path("M168 306 L232 306 L236 324 L164 324 Z", p.light)
    )


def earbuds(p: Paint) -> str:
    bud = (
        oval(0, 0, 30, 34, p.base)
        + oval(-8, 4, 15, 18, p.deep)
        + box(2, 14, 20, 72, 10, p.base)
        + box(7, 72, 10, 12, 4, p.dark)
    )
    return (
        box(112, 212, 176, 122, 46, p.base)
        + path("M112 258 Q112 212 158 212 L242 212 Q288 212 288 258 L288 264 L112 264 Z", p.light)
        + line("M112 264 L288 264", p.dark, 3)
        + disc(200, 290, 5, "#66d18f")
        + f'<g transform="translate(150 112) rotate(-10)">{bud}</g>'
        + f'<g transform="translate(250 112) scale(-1 1) rotate(-10)">{bud}</g>'
    )


def headphones(p: Paint) -> str:
    return (
        line("M104 238 Q96 76 200 76 Q304 76 296 238", p.dark, 20)
        + line("M112 200 Q118 92 200 92 Q282 92 288 200", p.light, 5)
        + box(76, 214, 62, 112, 28, p.base)
        + box(262, 214, 62, 112, 28, p.base)
        + box(118, 222, 28, 96, 14, p.deep)
        + box(254, 222, 28, 96, 14, p.deep)
        + line("M92 244 L92 296 M308 244 L308 296", p.light, 5)
    )


def watch(p: Paint) -> str:
    return (
        path("M160 56 L240 56 L246 136 L154 136 Z M154 264 L246 264 L240 338 L160 338 Z", p.base)
        + line("M176 70 L176 124 M224 70 L224 124 M176 276 L176 330 M224 276 L224 330", p.dark, 4)
        + box(128, 122, 144, 156, 42, "#3a3f47")
        + box(138, 132, 124, 136, 34, GLASS)
        + line("M200 160 A42 42 0 1 1 160 212", p.light, 10)
        + line("M200 178 A24 24 0 1 1 178 210", "#f2c14e", 8)
        + box(270, 176, 12, 40, 6, "#565c66")
    )


def powerbank(p: Paint) -> str:
    return (
        box(122, 84, 156, 250, 30, p.base)
        + path("M122 114 Q122 84 152 84 L176 84 Q146 100 146 334 Q122 334 122 304 Z", p.light, 'opacity=".7"')
        + "".join(disc(x, 292, 6, "#ffffff" if x < 236 else p.dark) for x in (176, 200, 224, 248))
        + path("M208 136 L172 206 L198 206 L190 258 L232 184 L204 184 Z", p.pale)
        + box(174, 76, 52, 14, 5, p.deep)
    )


def keyboard(p: Paint) -> str:
    keys = "".join(
        box(
            76 + 28 * column, 180 + 28 * row, 23, 22, 5, p.light if (row, column) not in ((0, 0), (2, 8)) else "#f2a65a"
        )
        for row in range(3)
        for column in range(9)
    )
    return (
        box(60, 162, 280, 148, 18, p.dark)
        + box(60, 156, 280, 144, 18, p.base)
        + keys
        + box(76, 264, 51, 22, 5, p.light)
        + box(132, 264, 136, 22, 5, p.pale)
        + box(273, 264, 50, 22, 5, p.light)
        + line("M200 156 Q200 110 240 110 L300 110", mixed(p.deep, "#000000", 0.2), 7)
    )


def speaker(p: Paint) -> str:
    holes = "".join(disc(146 + 18 * x, 176 + 18 * y, 4, p.deep) for x in range(7) for y in range(6))
    return (
        box(116, 84, 168, 250, 56, p.base)
        + oval(200, 110, 72, 24, p.light)
        + line("M176 110 L224 110 M200 100 L200 120", p.deep, 6)
        + holes
        + path("M116 290 Q200 330 284 290 L284 300 Q270 334 228 334 L172 334 Q130 334 116 300 Z", p.dark)
    )


def charger(p: Paint) -> str:
    return (
        box(146, 128, 108, 128, 26, p.base)
        + path("M146 154 Q146 128 172 128 L190 128 Q166 140 166 256 Q146 256 146 230 Z", p.light)
        + box(168, 92, 14, 42, 4, "#b9bec7")
        + box(218, 92, 14, 42, 4, "#b9bec7")
        + box(178, 242, 44, 12, 6, p.deep)
        + line("M200 254 Q200 300 250 300 Q304 300 304 330", p.dark, 9)
        + path("M206 160 L184 200 L200 200 L194 230 L218 190 L202 190 Z", p.deep, 'opacity=".7"')
    )


ALL = {
    "phone": phone, "laptop": laptop, "earbuds": earbuds, "headphones": headphones, "watch": watch, "powerbank": powerbank,
    "keyboard": keyboard, "speaker": speaker, "charger": charger,
}  # fmt: skip
