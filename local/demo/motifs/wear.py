"""Clothes, shoes and bags."""

from ..paint import Paint, box, disc, line, path


def tee(p: Paint) -> str:
    sleeves = "M150 92 L98 118 L70 182 L112 200 L124 180 L124 330 L276 330 L276 180 L288 200 L330 182 L302 118"
    body = f"{sleeves} L250 92 Q200 132 150 92 Z"
    return (
        path(body, p.base)
        + path("M124 180 L124 330 L150 330 L150 170 Z", p.dark, 'opacity=".35"')
        + line("M150 92 Q200 132 250 92", p.dark, 9)
        + line("M112 200 L124 180 M288 200 L276 180", p.dark, 3)
        + line("M126 320 L274 320", p.dark, 2, 'stroke-dasharray="5 5" opacity=".6"')
    )


def hoodie(p: Paint) -> str:
    body = "M146 104 L96 134 L62 288 L104 300 L122 214 L122 332 L278 332 L278 214 L296 300 L338 288 L304 134 L254 104 Z"
    return (
        path(body, p.base)
        + path("M146 104 Q140 62 200 58 Q260 62 254 104 Q200 158 146 104 Z", p.dark)
        + path("M164 102 Q166 80 200 78 Q234 80 236 102 Q200 134 164 102 Z", p.deep)
        + path("M150 250 L250 250 L268 300 L132 300 Z", p.dark, 'opacity=".55"')
        + line("M184 130 L180 178 M216 130 L220 178", p.pale, 5)
        + box(122, 320, 156, 14, 4, p.dark)
        + box(58, 284, 48, 14, 5, p.dark, 'transform="rotate(14 82 291)"')
        + box(294, 284, 48, 14, 5, p.dark, 'transform="rotate(-14 318 291)"')
    )


def shirt(p: Paint) -> str:
    body = "M156 88 L100 112 L64 280 L104 290 L122 206 L122 332 L278 332 L278 206 L296 290 L336 280 L300 112 L244 88 L200 108 Z"
    buttons = "".join(disc(200, y, 4.5, p.deep) for y in range(142, 330, 36))
    return (
        path(body, p.base)
        + path("M122 206 L122 332 L144 332 L144 190 Z", p.dark, 'opacity=".3"')
        + line("M200 112 L200 332", p.dark, 3)
        + path("M156 88 L168 74 L200 104 L178 132 Z", p.light)
        + path("M244 88 L232 74 L200 104 L222 132 Z", p.light)
        + box(222, 176, 36, 40, 4, p.dark, 'opacity=".35"')
        + buttons
    )


def dress(p: Paint) -> str:
    folds = "M176 204 L146 330 M200 206 L200 334 M224 204 L254 330"
    return (
        path("M168 70 L232 70 L246 196 L312 322 Q200 352 88 322 L154 196 Z", p.base)
        + path("M168 70 Q200 118 232 70 L226 62 Q200 100 174 62 Z", p.dark)
        + path("M154 196 L246 196 L250 212 L150 212 Z", p.deep)
        + line(folds, p.dark, 4, 'opacity=".5"')
        + path("M88 322 Q200 352 312 322 L306 308 Q200 338 94 308 Z", p.light)
    )


def jacket(p: Paint) -> str:
    body = "M150 84 L98 110 L62 286 L106 298 L122 210 L122 334 L278 334 L278 210 L294 298 L338 286 L302 110 L250 84 Z"
    quilts = "".join(line(f"M124 {y} L276 {y}", p.dark, 3, 'opacity=".6"') for y in range(150, 330, 34))
    return (
        path(body, p.base)
        + quilts
        + path("M152 84 Q150 62 200 60 Q250 62 248 84 Q200 108 152 84 Z", p.dark)
        + line("M200 98 L200 334", p.deep, 5)
        + box(196, 108, 8, 18, 3, p.pale)
        + line("M142 262 L166 236 M258 262 L234 236", p.deep, 4)
    )


def trousers(p: Paint) -> str:
    return (
        path("M136 72 L264 72 L284 334 L220 334 L200 168 L180 334 L116 334 Z", p.base)
        + path("M136 72 L264 72 L266 92 L134 92 Z", p.dark)
        + line("M200 92 L200 168", p.dark, 4)
        + line("M140 100 Q158 120 138 138 M260 100 Q242 120 262 138", p.dark, 3)
        + line("M158 150 L148 328 M242 150 L252 328", p.light, 3, 'opacity=".7"')
        + disc(200, 82, 5, p.pale)
    )


def sneaker(p: Paint) -> str:
    return (
        path("M66 292 Q60 214 92 196 L142 214 Q166 232 196 206 L222 184 Q262 244 322 256 Q350 264 346 296 Z", p.base)
        + path("M222 184 L252 222 L222 248 L188 214 Z", p.dark)
        + path("M288 250 Q346 252 348 296 L300 296 Q296 268 288 250 Z", p.light)
        + line("M232 204 L208 226 M246 218 L222 242 M260 230 L236 256", "#ffffff", 6)
        + path("M100 270 Q170 244 204 268 Q170 262 132 290 Z", p.pale)
        + path("M58 292 L350 292 Q356 328 326 332 L92 332 Q56 330 58 292 Z", "#f6f4ef")
        + line("M64 312 L346 312", p.dark, 4)
    )


def boot(p: Paint) -> str:
    return (
        path("M122 74 L218 74 L222 214 Q280 232 316 254 Q336 270 334 302 L118 302 Z", p.base)
        + path("M122 74 L218 74 L218 98 L122 98 Z", p.dark)
        + path("M160 98 L182 98 L188 230 L160 230 Z", p.deep, 'opacity=".7"')
        + line("M222 214 Q206 246 174 252", p.dark, 4)
        + line("M196 120 L218 116 M197 146 L220 142 M198 172 L221 168 M200 198 L222 194", p.pale, 5)
        + path("M112 300 L340 300 Q344 332 320 334 L254 334 L246 322 L196 322 L188 334 L112 334 Z", "#3b3430")
    )


def backpack(p: Paint) -> str:
    return (
        line("M160 92 Q160 54 200 54 Q240 54 240 92", p.deep, 12)
        + path("M112 168 Q112 84 200 84 Q288 84 288 168 L292 312 Q292 334 268 334 L132 334 Q108 334 108 312 Z", p.base)
        + path("M126 222 Q200 208 274 222 L278 304 Q276 320 260 320 L140 320 Q124 320 122 304 Z", p.dark)
        + line("M134 246 L266 246", p.pale, 5)
        + box(256, 244, 8, 22, 4, p.pale)
        + line("M128 162 Q200 118 272 162", p.dark, 5)
        + box(178, 132, 44, 26, 6, p.light)
        + path("M108 200 Q88 206 90 290 L108 300 Z M292 200 Q312 206 310 290 L292 300 Z", p.deep)
    )


def tote(p: Paint) -> str:
    return (
        line("M150 158 Q150 64 200 64 Q250 64 250 158", p.deep, 11)
        + path("M92 150 L308 150 L290 334 L110 334 Z", p.base)
        + path("M92 150 L308 150 L306 172 L94 172 Z", p.dark)
        + path("M270 172 L306 172 L290 334 L264 334 Z", p.dark, 'opacity=".35"')
        + disc(200, 246, 34, p.light)
        + line("M186 250 Q200 226 214 250 Q200 268 186 250 Z", p.deep, 4)
    )


def suitcase(p: Paint) -> str:
    ribs = "".join(line(f"M{x} 128 L{x} 296", p.dark, 7, 'opacity=".55"') for x in (152, 184, 216, 248))
    return (
        line("M166 108 L166 52 L234 52 L234 108", "#5b616b", 10)
        + box(112, 104, 176, 216, 26, p.base)
        + ribs
        + box(112, 196, 176, 16, 2, p.dark, 'opacity=".5"')
        + box(180, 188, 40, 32, 6, p.pale)
        + disc(142, 328, 12, "#33373d")
        + disc(258, 328, 12, "#33373d")
        + path("M112 130 Q112 104 138 104 L160 104 Q132 118 130 300 Q112 300 112 280 Z", p.light, 'opacity=".6"')
    )


ALL = {
    "tee": tee, "hoodie": hoodie, "shirt": shirt, "dress": dress, "jacket": jacket, "trousers": trousers, "sneaker": sneaker,
    "boot": boot, "backpack": backpack, "tote": tote, "suitcase": suitcase,
}  # fmt: skip
