"""Work-instruction drawings: torque, bolting order, lockout steps."""

import itertools
from collections.abc import Callable
from math import cos, radians, sin

from .canvas import (
    AMBER,
    BLUE,
    FOG,
    GREEN,
    INK,
    LINE,
    MUTED,
    NAVY,
    RED,
    STEEL,
    TEAL,
    WHITE,
    Canvas,
    Fonts,
)  # fmt: skip


def _wrench(c: Canvas, x: float, y: float, length: float) -> None:
    """A click torque wrench lying flat, its square drive at (x, y)."""
    c.shadow(x - 40, y - 26, length + 60, 52, 24, 8, 90, 10)
    c.shade(x + 30, y - 13, length - 170, 26, ["#f1f4f6", "#aab4be", "#7d8893"], radius=6)
    c.shade(x + length - 150, y - 22, 170, 44, ["#4a545e", "#262d35"], radius=20)
    for notch in range(7):
        left = x + length - 128 + notch * 20
        c.line([(left, y - 20), (left, y + 20)], "#161b21", 3)
    c.circle(x, y, 42, "#8f9aa5")
    c.circle(x, y, 35, "#d6dce1")
    c.rect(x - 13, y - 13, 26, 26, "#5d6873", "#3f4953", 2)
    c.rect(x + length - 280, y - 11, 96, 22, WHITE, STEEL, 1, 3)
    for tick in range(9):
        left = x + length - 272 + tick * 10
        c.line([(left, y - 8), (left, y + (2 if tick % 2 else 8))], INK, 1.5)


def torque_wrench(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 980, 560)
    c.shade(0, 0, 980, 560, ["#ffffff", "#eef2f5"])
    c.text(40, 46, "Torque wrench, pump P-204 flange bolts M16", 27, INK, style="bold")
    _wrench(c, 150, 220, 700)
    c.arrow((770, 120), (770, 190), RED, 5)
    c.text(780, 104, "pull at the middle of the handle", 20, RED, "mm")
    c.line([(770, 258), (770, 306)], BLUE, 2)
    c.rect(770, 258, 20, 20, None, BLUE, 2)
    c.text(802, 292, "right angles (90°)", 20, BLUE)
    c.text(540, 152, "calibration sticker", 20, MUTED, "mm")
    c.line([(600, 166), (618, 202)], MUTED, 2)
    c.arc(150, 220, 84, 130, 230, AMBER, 6)
    c.arrow((93, 158), (104, 147), AMBER, 5)
    c.text(66, 322, "stop at the click", 20, "#8a5a00")
    for index, (name, value, share, colour) in enumerate((
        ("Pass 1", "60 Nm", "30 %", "#9cc5ec"), ("Pass 2", "140 Nm", "70 %", "#5b9bd8"),
        ("Pass 3", "200 Nm", "100 %", "#2a69ad"), ("Pass 4", "200 Nm", "clockwise", TEAL),
    )):  # fmt: skip
        x = 40 + index * 230
        c.rect(x, 384, 210, 140, WHITE, LINE, 1.5, 12)
        c.rect(x, 384, 210, 12, colour, radius=6)
        c.text(x + 105, 424, name, 22, MUTED, "mm", "bold")
        c.text(x + 105, 462, value, 30, INK, "mm", "bold")
        c.text(x + 105, 500, share, 21, MUTED, "mm")
    return c


def flange_star_pattern(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 900, 640)
    c.shade(0, 0, 900, 640, ["#f7f9fb", "#e3e9ee"])
    c.shadow(60, 90, 500, 500, 250, 12, 110, 8)
    c.circle(310, 340, 250, "#aeb9c3", "#7b8792", 3)
    c.circle(310, 340, 232, "#c9d1d8")
    c.circle(310, 340, 112, "#8f9ba6", "#6f7b86", 3)
    c.circle(310, 340, 92, "#39434d")
    spots = {}
    for number in range(1, 9):
        angle = radians(-90 + 45 * (number - 1))
        spots[number] = (310 + 178 * cos(angle), 340 + 178 * sin(angle))
    order = (1, 5, 3, 7, 2, 6, 4, 8)
    for first, second in itertools.pairwise(order):
        c.line([spots[first], spots[second]], "#d1342c", 2.5)
    for number, (x, y) in spots.items():
        hexagon = [(x + 40 * cos(radians(a)), y + 40 * sin(radians(a))) for a in range(0, 360, 60)]
        c.polygon(hexagon, "#5f6b77")
        c.circle(x, y, 29, WHITE)
        c.text(x, y, str(number), 32, INK, "mm", "bold")
    c.text(30, 44, "P-204 discharge flange DN 100", 28, INK, style="bold")
    facts = (
        ("Bolts", "eight M16, class 8.8"), ("Gasket", "spiral wound"),
        ("Star pattern", "1-5-3-7-2-6-4-8"), ("Final torque", "200 Nm"),
        ("Flange gap", "below 0.3 mm"),
    )  # fmt: skip
    for index, (label, value) in enumerate(facts):
        y = 120 + index * 96
        c.rect(596, y, 276, 82, WHITE, LINE, 1.5, 10)
        c.text(614, y + 24, label, 19, MUTED)
        c.text(614, y + 55, value, 23, INK, style="bold")
    return c


def bike_workshop_torque(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 860, 600, "#fdf8ef")
    c.text(430, 48, "Bike club: tighten with care", 28, INK, "mm", "bold")
    for x in (230, 560):
        c.circle(x, 410, 118, None, "#2e3842", 9)
        c.circle(x, 410, 12, "#2e3842")
        for angle in range(0, 360, 24):
            end = (x + 112 * cos(radians(angle)), 410 + 112 * sin(radians(angle)))
            c.line([(x, 410), end], "#b4bdc6", 1.2)
    for points in (
        [(230, 410), (320, 250), (510, 250), (380, 410), (230, 410)],
        [(380, 410), (306, 220)], [(560, 410), (500, 210), (540, 196), (572, 210)],
    ):  # fmt: skip
        c.line(points, RED, 10)
    c.rect(270, 204, 76, 16, "#2e3842", radius=8)
    c.circle(380, 410, 24, None, "#2e3842", 6)
    notes = ((300, 150, "saddle 5 Nm"), (610, 150, "stem 6 Nm"), (430, 566, "pedals 35 Nm"))
    for x, y, note in notes:
        c.rect(x - 100, y - 24, 200, 48, WHITE, AMBER, 2, 24)
        c.text(x, y, note, 23, INK, "mm", "bold")
    c.line([(302, 174), (308, 202)], AMBER, 2)
    c.line([(590, 174), (548, 194)], AMBER, 2)
    c.line([(420, 542), (386, 438)], AMBER, 2)
    return c


def loto_steps(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 1000, 520, FOG)
    c.rect(0, 0, 1000, 70, RED)
    c.text(30, 35, "上锁挂牌 Lockout/tagout", 29, WHITE, style="bold")
    c.text(970, 35, "搅拌机 M-301", 27, WHITE, "rm", "bold")
    steps = (
        ("通知", "control room", "shift leader", BLUE),
        ("停机", "stop the mixer", "shaft still", AMBER),
        ("隔离", "isolator Q301", "V-318  V-319", TEAL),
        ("上锁", "red lock", "DANGER tag", RED),
        ("验电", "zero voltage", "drain pressure", GREEN),
    )  # fmt: skip
    for index, (name, first, second, colour) in enumerate(steps):
        x = 24 + index * 194
        c.shadow(x, 104, 176, 388, 12, 6, 50, 3)
        c.rect(x, 104, 176, 388, WHITE, LINE, 1.5, 12)
        c.circle(x + 88, 160, 36, colour)
        c.text(x + 88, 159, str(index + 1), 36, WHITE, "mm", "bold")
        c.text(x + 88, 232, name, 32, INK, "mm", "bold")
        c.text(x + 88, 420, first, 21, INK, "mm")
        c.text(x + 88, 456, second, 21, MUTED, "mm")
    for x in range(168, 751, 194):
        c.arrow((x, 160), (x + 76, 160), STEEL, 3)
    _icons(c)
    return c


def _icons(c: Canvas) -> None:
    """One small drawing in each of the five step cards."""
    c.rect(76, 288, 72, 48, None, BLUE, 5, 12)
    c.polygon([(92, 332), (92, 360), (118, 334)], BLUE)
    c.circle(306, 322, 40, None, AMBER, 6)
    c.rect(289, 305, 34, 34, AMBER, radius=4)
    c.line([(440, 322), (480, 322)], TEAL, 6)
    c.line([(480, 322), (518, 292)], TEAL, 6)
    c.line([(524, 322), (560, 322)], TEAL, 6)
    c.circle(480, 322, 7, TEAL)
    c.arc(694, 310, 26, 180, 360, STEEL, 8)
    c.rect(662, 310, 64, 54, RED, radius=8)
    c.circle(694, 334, 7, NAVY)
    c.polygon([(896, 276), (864, 330), (886, 330), (878, 370), (914, 314), (892, 314)], GREEN)


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "torque-wrench": torque_wrench,
    "flange-star-pattern": flange_star_pattern,
    "bike-workshop-torque": bike_workshop_torque,
    "loto-steps": loto_steps,
}
