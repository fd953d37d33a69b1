"""Scenes without a single letter: an OCR scorer must abstain on them."""

from collections.abc import Callable
from math import cos, radians, sin

from .canvas import Canvas, Fonts

METAL = ["#5f6a75", "#c9d2da", "#f2f5f7", "#a3aeb8", "#59636e"]
PIPE = ["#4a545e", "#aab5bf", "#dfe5ea", "#7a8590"]


def _hall(fonts: Fonts, wall: list[str], floor: list[str]) -> Canvas:
    """An out-of-focus hall: wall, windows, floor."""
    c = Canvas(fonts, 880, 640)
    c.shade(0, 0, 880, 450, wall)
    for x in range(60, 880, 210):
        c.rect(x, 40, 130, 150, "#dbe7ee")
    c.shade(0, 450, 880, 190, floor)
    c.blur(9)
    return c


def storage_tank(fonts: Fonts) -> Canvas:
    c = _hall(fonts, ["#9db0bd", "#8196a5"], ["#8d8f8c", "#5e615f"])
    for x in (260, 470):
        c.shade(x, 430, 26, 150, METAL, sideways=True)
    c.shadow(220, 560, 330, 24, 12, 12, 170, 4)
    c.shade(220, 150, 316, 320, METAL, radius=10, sideways=True)
    c.ellipse(378, 152, 158, 42, "#dfe5ea")
    c.ellipse(378, 148, 150, 36, "#c3ccd4")
    c.ellipse(378, 140, 44, 14, "#8a959f")
    c.shade(220, 440, 316, 60, METAL, radius=30, sideways=True)
    for y in (240, 330, 420):
        c.line([(222, y), (534, y)], "#87929c", 3)
    c.shade(300, 90, 20, 60, PIPE, sideways=True)
    c.shade(300, 80, 300, 20, PIPE, radius=10)
    c.shade(580, 80, 20, 420, PIPE, radius=10, sideways=True)
    c.shade(500, 480, 220, 22, PIPE, radius=10)
    c.circle(590, 300, 34, "#39434d")
    c.circle(590, 300, 28, "#f6f7f5")
    c.line([(590, 300), (606, 284)], "#c8352c", 4)
    for index in range(3):
        x = 690 + index * 56
        c.rect(x + 16, 424, 16, 26, "#cfe6ef", radius=4)
        c.shade(x, 446, 48, 104, ["#8fc3d8", "#e3f3f8", "#7fb4ca"], radius=16, sideways=True)
        c.shade(x, 490, 48, 34, ["#2f74a8", "#5fa3d3", "#2b6797"], sideways=True)
    c.shade(660, 550, 220, 18, ["#6d7781", "#363e46"])
    c.rect(200, 250, 10, 320, "#c9a227")
    for y in range(260, 570, 34):
        c.line([(170, y), (205, y)], "#c9a227", 6)
    c.rect(166, 250, 10, 320, "#c9a227")
    c.vignette()
    return c


def steam_valve(fonts: Fonts) -> Canvas:
    c = _hall(fonts, ["#8c8378", "#6d665d"], ["#5f5a54", "#3e3b37"])
    c.shadow(0, 350, 880, 130, 10, 16, 150, 14)
    c.shade(0, 350, 880, 110, ["#8f8272", "#e5dccb", "#c2b59f", "#786b5b"])
    for x in (120, 760):
        c.shade(x, 350, 12, 110, ["#69757f", "#dfe6ea", "#5b666f"])
    for x in (270, 560):
        c.shade(x, 318, 44, 174, ["#7a858f", "#dde3e8", "#68737d"], radius=6)
        for y in (332, 462):
            c.shade(x - 16, y, 76, 16, ["#39424b", "#8b96a0", "#39424b"], radius=4)
    c.shade(314, 340, 246, 130, ["#46698a", "#8fb3d1", "#3a5a78"], radius=40)
    c.shade(396, 250, 82, 120, ["#35536f", "#87abc9", "#35536f"], radius=8, sideways=True)
    c.shade(427, 150, 20, 120, METAL, sideways=True)
    c.shadow(310, 110, 254, 60, 30, 8, 150, 10)
    c.ellipse(437, 140, 134, 44, None, "#8f1d17", 20)
    c.ellipse(437, 134, 134, 44, None, "#d63a30", 16)
    for angle in range(20, 380, 72):
        end = (437 + 124 * cos(radians(angle)), 136 + 38 * sin(radians(angle)))
        c.line([(437, 136), end], "#c22f26", 10)
    c.circle(437, 134, 17, "#e9b1ab")
    c.glow(700, 300, 120, "#f4f1ea", 90)
    c.glow(760, 210, 150, "#f4f1ea", 60)
    c.vignette()
    return c


def warehouse_aisle(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 880, 640)
    c.shade(0, 0, 880, 640, ["#4b5865", "#a9b5bf", "#8d8a83", "#6a665f"])
    c.polygon([(340, 330), (540, 330), (880, 640), (0, 640)], "#a39d92")
    c.polygon([(432, 330), (448, 330), (500, 640), (380, 640)], "#b5afa4")
    c.glow(440, 300, 150, "#f4f6f4", 210)
    boxes = ("#b98a55", "#a87844", "#c79c69", "#8f6a41", "#7d98ac")
    depths = (0, 0.3, 0.52, 0.68, 0.79)
    for side in (-1, 1):
        for far in range(3, -1, -1):
            near, end = depths[far], depths[far + 1]
            for shelf in range(4):
                lower = 640 - 160 * shelf
                colour = boxes[(far * 3 + shelf * 2 + (side > 0)) % 5]
                quad = [
                    (440 + side * 440 * (1 - part), 315 + (y - 315) * (1 - part))
                    for part, y in (
                        (near, lower), (end, lower), (end, lower - 128), (near, lower - 128)
                    )
                ]  # fmt: skip
                inner = quad[0][0] * 0.9 + quad[1][0] * 0.1, quad[0][1] * 0.9 + quad[1][1] * 0.1
                top = quad[3][0] * 0.9 + quad[2][0] * 0.1, quad[3][1] * 0.9 + quad[2][1] * 0.1
                c.polygon([inner, quad[1], quad[2], top], colour)
                c.line([quad[0], quad[1]], "#d9802b", 9 * (1 - near))
            x = 440 + side * 440 * (1 - end)
            reach = 325 * (1 - end)
            c.line([(x, 315 - reach), (x, 315 + reach)], "#2f5f94", 11 * (1 - end) + 2)
    for part in (0.2, 0.5, 0.72):
        y = 315 - 300 * (1 - part)
        c.glow(440, y, 70 * (1 - part) + 10, "#ffffff", 200)
        half = 90 * (1 - part)
        c.ellipse(440, y, half * 0.5, half * 0.16, "#ffffff")
    c.vignette()
    return c


def pump(fonts: Fonts) -> Canvas:
    c = _hall(fonts, ["#a6b1a8", "#86938a"], ["#777b74", "#4f534d"])
    c.shadow(90, 520, 700, 50, 10, 16, 190, 8)
    c.shade(90, 500, 700, 56, ["#8a8f8b", "#5c615d"], radius=4)
    c.shade(430, 300, 300, 170, ["#1f5d8c", "#5e9ccb", "#2d6ea0", "#164668"], radius=26)
    for x in range(460, 700, 20):
        c.shade(x, 300, 8, 170, ["#184a70", "#4f8dbd", "#123a58"])
    c.shade(720, 316, 56, 138, ["#1a4f78", "#5794c2", "#133f61"], radius=14)
    c.rect(540, 262, 110, 46, "#2d6ea0", radius=6)
    c.shade(380, 350, 70, 60, METAL)
    c.shade(330, 326, 112, 118, ["#a9861a", "#f2d55c", "#c9a227", "#8f7013"], radius=10)
    c.circle(240, 390, 120, "#2e6f78")
    c.circle(240, 390, 106, "#45909a")
    c.circle(240, 390, 64, "#35808a")
    for angle in range(0, 360, 45):
        c.circle(240 + 90 * cos(radians(angle)), 390 + 90 * sin(radians(angle)), 8, "#1f4e55")
    c.shade(270, 120, 76, 180, ["#245a62", "#78b9c1", "#1d4c53"], sideways=True)
    c.shade(240, 180, 136, 22, METAL, sideways=True)
    c.shade(240, 206, 136, 22, METAL, sideways=True)
    for x in (256, 296, 336):
        c.rect(x, 168, 18, 72, "#59636e", radius=3)
    c.shade(270, 0, 76, 180, PIPE, sideways=True)
    c.shade(0, 356, 130, 72, PIPE)
    for x in (160, 470, 660):
        c.rect(x, 466, 56, 40, "#3c4741")
    c.vignette()
    return c


def cable_tray(fonts: Fonts) -> Canvas:
    c = _hall(fonts, ["#5b6570", "#77838f", "#95a1ab"], ["#6b6e70", "#4b4e50"])
    colours = ("#22272d", "#2f6fae", "#e08a2a", "#3f8f57", "#22272d", "#b9372f", "#7d868f")
    c.shadow(0, 330, 880, 120, 4, 18, 170, 20)
    c.shade(0, 200, 880, 22, ["#e6ebef", "#98a3ad"])
    c.rect(0, 222, 880, 176, "#3b444d")
    for x in range(20, 880, 74):
        c.shade(x, 222, 18, 176, ["#c2cbd3", "#8b96a0"])
    for index, colour in enumerate(colours):
        y = 242 + index * 21
        wave = [(x, y + 5 * sin(x / 90 + index)) for x in range(-10, 900, 12)]
        c.line(wave, "#14181c", 18)
        c.line(wave, colour, 14)
        c.line([(x, yy - 3) for x, yy in wave], "#ffffff", 1.2)
    c.shade(0, 386, 880, 30, ["#f2f5f7", "#a8b3bd", "#7a8691"])
    for x in (130, 470, 770):
        c.shade(x, 0, 20, 404, METAL, sideways=True)
        c.shade(x - 26, 410, 72, 20, ["#d3dae0", "#6f7a85"], radius=4)
    drops = ((300, "#2f6fae"), (322, "#e08a2a"), (344, "#22272d"))
    for x, colour in drops:
        bend = [(x - 60, 372), (x - 14, 380), (x, 410), (x, 640)]
        c.line(bend, "#14181c", 18)
        c.line(bend, colour, 14)
    c.vignette()
    return c


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "photo-storage-tank": storage_tank,
    "photo-steam-valve": steam_valve,
    "photo-warehouse-aisle": warehouse_aisle,
    "photo-pump": pump,
    "photo-cable-tray": cable_tray,
}
