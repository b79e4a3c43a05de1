"""Food, drink and care."""

from ..paint import Paint, box, disc, line, oval, path

PAPER = "#f5efe2"


def tin(p: Paint) -> str:
    """A tea caddy."""
    return (
        box(124, 118, 152, 216, 16, p.base)
        + box(118, 84, 164, 52, 14, p.dark)
        + box(128, 92, 20, 36, 8, p.light, 'opacity=".6"')
        + box(146, 172, 108, 112, 8, PAPER)
        + path("M200 188 Q232 204 226 238 Q200 240 188 218 Q186 198 200 188 Z", "#6d9b5f")
        + line("M190 254 Q200 226 222 204", "#4c7042", 4)
        + line("M166 266 L234 266", p.dark, 4)
        + box(134, 146, 14, 176, 7, p.light, 'opacity=".7"')
    )


def pouch(p: Paint) -> str:
    """A bag of nuts, coffee or dried fruit."""
    return (
        path("M116 92 L284 92 L294 318 Q200 346 106 318 Z", p.base)
        + path("M114 72 L286 72 L284 100 L116 100 Z", p.dark)
        + line("M118 86 L282 86", p.light, 3, 'stroke-dasharray="6 5"')
        + oval(200, 212, 62, 66, PAPER)
        + path("M176 190 Q200 168 224 190 Q236 226 200 252 Q164 226 176 190 Z", p.dark)
        + line("M200 182 Q190 214 200 246", p.pale, 4)
        + path("M116 100 L138 100 L132 326 L106 318 Z", p.light, 'opacity=".55"')
    )


def jar(p: Paint) -> str:
    """Honey or jam."""
    return (
        box(130, 76, 140, 44, 10, p.deep)
        + path(
            "M126 124 L274 124 Q296 150 294 186 L294 302 Q294 334 262 334 L138 334 Q106 334 106 302 "
            "L106 186 Q104 150 126 124 Z",
            "#fff8e8",
        )
        + path("M112 180 Q200 160 288 180 L288 300 Q288 328 260 328 L140 328 Q112 328 112 300 Z", p.base)
        + box(138, 206, 124, 84, 10, PAPER)
        + path("M200 218 L226 233 L226 263 L200 278 L174 263 L174 233 Z", p.light)
        + line("M120 166 L120 300", "#ffffff", 7, 'opacity=".8"')
    )


def cream(p: Paint) -> str:
    """A pot of cream."""
    return (
        box(98, 150, 204, 62, 18, p.dark)
        + box(108, 158, 26, 46, 10, p.light, 'opacity=".6"')
        + path("M92 212 L308 212 L298 304 Q294 334 262 334 L138 334 Q106 334 102 304 Z", p.base)
        + path("M104 222 L126 222 L134 324 Q112 320 110 302 Z", p.light)
        + box(150, 244, 100, 52, 8, "#ffffff", 'opacity=".75"')
        + line("M168 264 L232 264 M180 280 L220 280", p.deep, 4)
    )


def tube(p: Paint) -> str:
    """Sunscreen or hand cream."""
    return (
        path("M144 74 L256 74 L250 276 L150 276 Z", p.base)
        + path("M140 60 L260 60 L258 86 L142 86 Z", p.dark)
        + box(158, 276, 84, 58, 12, p.deep)
        + line("M174 286 L174 326 M190 286 L190 326 M206 286 L206 326 M222 286 L222 326", p.dark, 3)
        + disc(200, 160, 30, "#ffd76a")
        + "".join(
            line("M200 112 L200 122", "#ffd76a", 6, f'transform="rotate({turn} 200 160)"') for turn in range(0, 360, 45)
        )
        + line("M172 220 L228 220 M180 238 L220 238", "#ffffff", 5)
    )


def lipstick(p: Paint) -> str:
    return (
        path("M172 150 L172 104 Q186 62 228 74 L228 150 Z", p.base)
        + path("M172 104 Q186 62 228 74 Q206 92 172 112 Z", p.light)
        + box(160, 146, 80, 62, 4, "#d9b26a")
        + box(168, 146, 12, 62, 3, "#f0d79c")
        + box(146, 204, 108, 130, 10, "#2a2530")
        + box(158, 204, 16, 130, 6, "#57505e")
        + box(146, 236, 108, 8, 0, "#d9b26a")
    )


def bottle(p: Paint) -> str:
    """Shampoo or serum with a pump."""
    return (
        path("M206 92 L206 66 L262 66 Q274 66 272 84 L258 84 L258 80 L220 80 L220 92 Z", p.deep)
        + box(178, 90, 44, 36, 8, p.deep)
        + path(
            "M132 166 Q132 124 174 124 L226 124 Q268 124 268 166 L268 310 Q268 334 244 334 L156 334 Q132 334 132 310 Z",
            p.base,
        )
        + box(154, 190, 92, 106, 8, "#ffffff", 'opacity=".8"')
        + path("M200 204 Q226 236 200 254 Q174 236 200 204 Z", p.dark)
        + line("M172 272 L228 272 M182 284 L218 284", p.deep, 3.5)
        + box(142, 150, 12, 168, 6, p.light, 'opacity=".8"')
    )


def noodles(p: Paint) -> str:
    return (
        path("M78 206 L322 206 Q316 318 236 330 L164 330 Q84 318 78 206 Z", p.base)
        + oval(200, 206, 122, 30, p.light)
        + oval(200, 206, 106, 23, "#e8b55f")
        + line(
            "M120 206 Q140 190 160 206 T200 206 T240 206 T280 206 M132 216 Q152 202 172 216 T212 216 T252 216",
            "#fff0c9",
            5,
        )
        + line("M250 196 L336 70 M270 198 L352 84", "#8a4b32", 7)
        + disc(166, 200, 15, "#fffaf0")
        + disc(166, 200, 7, "#f2a33a")
        + line("M92 250 Q200 286 308 250", p.dark, 5, 'opacity=".6"')
    )


ALL = {
    "tin": tin, "pouch": pouch, "jar": jar, "cream": cream, "tube": tube, "lipstick": lipstick, "bottle": bottle,
    "noodles": noodles,
}  # fmt: skip
