"""Sport, toys, stationery and pets."""

from ..paint import Paint, box, disc, line, oval, path


def mat(p: Paint) -> str:
    """A rolled yoga mat."""
    return (
        path("M104 214 L338 214 L338 330 L104 330 Z", p.base)
        + line("M130 214 L130 330 M312 214 L312 330", p.light, 4, 'opacity=".6"')
        + disc(104, 272, 58, p.dark)
        + disc(104, 272, 46, p.base)
        + line("M104 272 Q118 262 122 276 Q120 296 98 294 Q74 284 84 256 Q104 232 132 248 Q152 270 138 300", p.deep, 4)
        + box(196, 208, 20, 126, 6, p.deep)
        + box(256, 208, 20, 126, 6, p.deep)
    )


def dumbbell(p: Paint) -> str:
    one = (
        box(70, -11, 120, 22, 8, "#9aa1ab")
        + box(38, -46, 34, 92, 12, p.base)
        + box(14, -34, 26, 68, 10, p.dark)
        + box(188, -46, 34, 92, 12, p.base)
        + box(220, -34, 26, 68, 10, p.dark)
        + box(46, -38, 8, 76, 4, p.light)
        + box(196, -38, 8, 76, 4, p.light)
    )
    return f'<g transform="translate(70 200) rotate(-14)">{one}</g><g transform="translate(70 286)">{one}</g>'


def ball(p: Paint) -> str:
    return (
        disc(200, 216, 118, p.base)
        + line(
            "M200 98 Q232 216 200 334 M82 216 Q200 186 318 216 M116 132 Q180 216 116 300 M284 132 Q220 216 284 300",
            p.deep,
            6,
        )
        + path("M116 150 Q140 110 186 104 Q140 126 124 168 Z", p.light, 'opacity=".8"')
    )


def tent(p: Paint) -> str:
    return (
        path("M200 92 L346 332 L54 332 Z", p.base)
        + path("M200 92 L54 332 L110 332 Z", p.light)
        + path("M200 150 L262 332 L138 332 Z", p.deep)
        + path("M200 150 L200 332 L138 332 Z", p.dark)
        + line("M200 92 L200 66 M346 332 L368 338 M54 332 L32 338", p.deep, 5)
        + path("M200 62 L236 74 L200 86 Z", "#f2a65a")
    )


def bear(p: Paint) -> str:
    return (
        disc(142, 104, 30, p.dark)
        + disc(258, 104, 30, p.dark)
        + disc(142, 104, 16, p.pale)
        + disc(258, 104, 16, p.pale)
        + oval(200, 262, 84, 76, p.base)
        + oval(200, 270, 50, 50, p.pale)
        + oval(112, 250, 28, 46, p.dark, 'transform="rotate(24 112 250)"')
        + oval(288, 250, 28, 46, p.dark, 'transform="rotate(-24 288 250)"')
        + oval(148, 322, 38, 22, p.dark)
        + oval(252, 322, 38, 22, p.dark)
        + disc(200, 148, 76, p.base)
        + oval(200, 172, 36, 28, p.pale)
        + disc(172, 138, 8, "#2b2320")
        + disc(228, 138, 8, "#2b2320")
        + oval(200, 160, 11, 8, "#2b2320")
        + line("M200 168 L200 180 M186 184 Q200 196 214 184", "#2b2320", 4)
    )


def blocks(p: Paint) -> str:
    def brick(x: int, y: int, width: int, fill: str, stud: str) -> str:
        studs = "".join(box(x + 12 + 36 * n, y - 10, 22, 14, 4, stud) for n in range(width))
        return studs + box(x, y, 36 * width + 8, 58, 6, fill)

    return (
        brick(84, 272, 6, p.base, p.dark)
        + brick(102, 206, 3, "#f2c14e", "#d9a72f")
        + brick(222, 206, 2, "#5b8def", "#3f6fd0")
        + brick(138, 140, 3, p.light, p.base)
        + brick(174, 96, 1, "#62b58f", "#4a9675").replace('height="58"', 'height="38"')
    )


def notebook(p: Paint) -> str:
    rings = "".join(line(f"M112 {y} Q92 {y} 96 {y + 10}", "#7d838c", 5) for y in range(96, 320, 30))
    return (
        box(120, 78, 178, 258, 10, "#fffdf7", 'transform="rotate(4 200 200)"')
        + box(106, 72, 178, 262, 12, p.base)
        + box(106, 72, 26, 262, 8, p.dark)
        + box(156, 122, 100, 62, 8, p.pale)
        + line("M172 144 L240 144 M172 162 L222 162", p.deep, 4)
        + box(252, 72, 12, 262, 0, p.deep, 'opacity=".7"')
        + rings
    )


def pen(p: Paint) -> str:
    body = (
        box(-14, -150, 28, 92, 12, p.dark)
        + box(10, -140, 8, 70, 4, "#d9b26a")
        + box(-14, -58, 28, 8, 0, "#d9b26a")
        + box(-14, -50, 28, 118, 4, p.base)
        + box(-9, -46, 6, 110, 3, p.light)
        + path("M-13 68 L13 68 L6 104 L-6 104 Z", p.deep)
        + path("M-8 104 L8 104 L0 150 Z", "#d9b26a")
    )
    return f'<g transform="translate(206 196) rotate(34)">{body}</g>' + line(
        "M84 322 Q120 300 148 318 T214 316", p.dark, 4
    )


def bowl(p: Paint) -> str:
    """A pet's bowl."""
    kibble = "".join(
        disc(x, y, 13, "#a86d3d") for x, y in ((150, 206), (178, 198), (206, 204), (234, 197), (258, 208), (192, 212))
    )
    return (
        oval(200, 214, 112, 26, p.deep)
        + kibble
        + path("M88 214 Q200 256 312 214 L334 312 Q336 332 312 332 L88 332 Q64 332 66 312 Z", p.base)
        + path("M94 232 L116 240 L104 324 L88 324 Q72 322 74 310 Z", p.light)
        + disc(200, 294, 15, p.pale)
        + "".join(disc(x, y, 7, p.pale) for x, y in ((178, 276), (192, 266), (208, 266), (222, 276)))
    )


def cat_bed(p: Paint) -> str:
    return (
        oval(200, 274, 146, 62, p.dark)
        + oval(200, 256, 146, 58, p.base)
        + oval(200, 252, 104, 36, p.pale)
        + path("M132 250 Q130 176 200 178 Q286 180 270 250 Q200 284 132 250 Z", "#6a6f7a")
        + path("M138 196 L132 152 L166 178 Z M190 178 L222 152 L220 194 Z", "#6a6f7a")
        + disc(176, 206, 42, "#747a86")
        + line("M158 206 Q166 214 174 206 M182 206 Q190 214 198 206", "#2b2e35", 4)
        + line("M266 236 Q318 214 300 178", "#6a6f7a", 16)
    )


def racket(p: Paint) -> str:
    strings = "".join(line(f"M{x} 70 L{x} 208", "#d6dbe3", 2) for x in range(158, 250, 13)) + "".join(
        line(f"M146 {y} L254 {y}", "#d6dbe3", 2) for y in range(84, 204, 13)
    )
    return (
        f'<g transform="rotate(18 200 200)">{strings}<ellipse cx="200" cy="138" rx="60" ry="78" fill="none" '
        f'stroke="{p.base}" stroke-width="11"/>'
        + path("M186 212 L214 212 L208 244 L192 244 Z", p.dark)
        + box(193, 240, 14, 44, 2, "#8d949e")
        + box(189, 280, 22, 66, 8, p.deep)
        + "</g>"
        + disc(304, 300, 15, "#fbfaf5")
        + path("M290 292 L270 254 L322 246 L318 290 Z", "#eef1f5", 'opacity=".9"')
    )


ALL = {
    "mat": mat, "dumbbell": dumbbell, "ball": ball, "tent": tent, "bear": bear, "blocks": blocks, "notebook": notebook,
    "pen": pen, "bowl": bowl, "cat_bed": cat_bed, "racket": racket,
}  # fmt: skip
