"""QR codes as SVG: byte mode, correction level M, versions 1 to 6 (up to 106 bytes, more than a cashier address)."""

from __future__ import annotations

BLOCKS = {1: (10, 1, 16), 2: (16, 1, 28), 3: (26, 1, 44), 4: (18, 2, 32), 5: (24, 2, 43), 6: (16, 4, 27)}
# version: (check words a block, blocks, data words a block)
MASK = 0  # (row + column) even is turned over; a reader finds the mask's number in the format bits
Grid = list[list[int | None]]


def svg(text: str) -> str:
    """Return an SVG image of the code, with its quiet zone of four modules."""
    grid = modules(text)
    size = len(grid) + 8
    path = "".join(
        f"M{column + 4} {row + 4}h1v1h-1z" for row, line in enumerate(grid) for column, dark in enumerate(line) if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges" role="img">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{path}"/></svg>'
    )


def modules(text: str) -> list[list[bool]]:
    """Return the code's modules, True for dark; ValueError when the text is too long."""
    data = text.encode()
    version = next((v for v, (_, count, words) in BLOCKS.items() if count * words - 2 >= len(data)), 0)
    if not version:
        raise ValueError(f"{len(data)} bytes do not fit")
    grid = _frame(version)
    fixed = [[cell is not None for cell in line] for line in grid]
    bits = "".join(f"{word:08b}" for word in _words(data, version))
    _fill(grid, bits)
    for row, line in enumerate(grid):
        for column in range(len(line)):
            if not fixed[row][column] and (row + column) % 2 == 0:
                line[column] = 1 - (line[column] or 0)
    _format(grid)
    return [[bool(cell) for cell in line] for line in grid]


def _words(data: bytes, version: int) -> list[int]:
    """Return data and check words of all blocks, interleaved."""
    check, count, size = BLOCKS[version]
    bits = "0100" + f"{len(data):08b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, count * size * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    words += [(0xEC, 0x11)[at % 2] for at in range(count * size - len(words))]
    blocks = [words[at * size : (at + 1) * size] for at in range(count)]
    checks = [_check(block, check) for block in blocks]
    return [word for column in zip(*blocks, strict=True) for word in column] + [
        word for column in zip(*checks, strict=True) for word in column
    ]


def _times(a: int, b: int) -> int:
    """Multiply in the field of 256 with the code's polynomial."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a, b = (a << 1) ^ (0x11D if a & 0x80 else 0), b >> 1
    return product


def _check(block: list[int], count: int) -> list[int]:
    """Return the Reed-Solomon remainder of a block."""
    generator, root = [1], 1
    for _ in range(count):
        product = [*generator, 0]
        for at, factor in enumerate(generator):
            product[at + 1] ^= _times(factor, root)
        generator, root = product, _times(root, 2)
    rest = block + [0] * count
    for at in range(len(block)):
        factor = rest[at]
        for step, part in enumerate(generator):
            rest[at + step] ^= _times(part, factor)
    return rest[len(block) :]


def _frame(version: int) -> Grid:
    """Return the fixed parts: finders, timing, alignment, the dark module; room for the format is marked light."""
    size = 17 + 4 * version
    grid: Grid = [[None] * size for _ in range(size)]
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        for row in range(max(0, top - 1), min(size, top + 8)):
            for column in range(max(0, left - 1), min(size, left + 8)):
                ring = max(abs(row - top - 3), abs(column - left - 3))
                grid[row][column] = int(ring in (0, 1, 3))
    if version > 1:
        middle = size - 7
        for row in range(middle - 2, middle + 3):
            for column in range(middle - 2, middle + 3):
                grid[row][column] = int(max(abs(row - middle), abs(column - middle)) != 1)
    for at in range(8, size - 8):
        grid[6][at] = grid[at][6] = (at + 1) % 2
    for row, column in _format_places(size):
        grid[row][column] = 0
    grid[size - 8][8] = 1
    return grid


def _fill(grid: Grid, bits: str) -> None:
    """Lay the bits in pairs of columns, from the right, up and down by turns; what is left over stays light."""
    size, at = len(grid), 0
    upward = True
    for right in (column - (column <= 6) for column in range(size - 1, 0, -2)):
        for row in range(size - 1, -1, -1) if upward else range(size):
            for column in (right, right - 1):
                if grid[row][column] is None:
                    grid[row][column] = int(bits[at]) if at < len(bits) else 0
                    at += 1
        upward = not upward


def _format_places(size: int) -> list[tuple[int, int]]:
    """Return the places of the fifteen format bits, lowest first, each copy after the other."""
    first = [(row, 8) for row in (0, 1, 2, 3, 4, 5, 7, 8)] + [(8, column) for column in (7, 5, 4, 3, 2, 1, 0)]
    second = [(8, size - 1 - at) for at in range(8)] + [(size - 7 + at, 8) for at in range(7)]
    return first + second


def _format(grid: Grid) -> None:
    level_m = 0b00
    value = (level_m << 3 | MASK) << 10
    rest = value
    for shift in range(4, -1, -1):
        if rest >> (shift + 10) & 1:
            rest ^= 0x537 << shift
    bits = (value | rest) ^ 0x5412
    for at, (row, column) in enumerate(_format_places(len(grid))):
        grid[row][column] = bits >> (at % 15) & 1
