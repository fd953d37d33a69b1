"""Plans: network topology, drive wiring, radio coverage of a warehouse."""

from collections.abc import Callable

from .canvas import (
    AMBER,
    BLUE,
    FOG,
    GREEN,
    INK,
    MUTED,
    NAVY,
    RED,
    STEEL,
    WHITE,
    Canvas,
    Fonts,
)  # fmt: skip


def _box(c: Canvas, x: float, y: float, w: float, label: str, detail: str, colour: str) -> None:
    """A device, centred at x; detail may be empty."""
    c.shadow(x - w / 2, y, w, 66, 8, 5, 70, 3)
    c.rect(x - w / 2, y, w, 66, colour, radius=8)
    c.text(x, y + (24 if detail else 33), label, 22, WHITE, "mm", "bold")
    c.text(x, y + 48, detail, 18, "#e8eef4", "mm")


def network_topology(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 980, 640)
    c.text(30, 40, "Plant network / 厂区网络拓扑", 27, INK, style="bold")
    for line in (
        [(490, 150), (490, 200)], [(340, 236), (640, 236)],
        [(340, 280), (260, 350)], [(640, 280), (720, 350)],
        [(640, 280), (260, 350)], [(340, 280), (720, 350)],
    ):  # fmt: skip
        c.line(line, STEEL, 4)
    c.line([(490, 200), (340, 220)], STEEL, 4)
    c.line([(490, 200), (640, 220)], STEEL, 4)
    _box(c, 490, 86, 220, "FW-EDGE", "防火墙", RED)
    _box(c, 340, 214, 210, "CORE-SW-1", "stack", NAVY)
    _box(c, 640, 214, 210, "CORE-SW-2", "stack", NAVY)
    c.text(490, 383, "10 GbE uplinks", 19, MUTED, "mm")
    _box(c, 260, 350, 210, "SW-07", "包装车间", BLUE)
    _box(c, 720, 350, 210, "SW-08", "仓库", BLUE)
    zones = (
        (30, "VLAN 110 OT", "PLC  HMI", "#dff2e5", GREEN), (346, "VLAN 120 Office", "PC  printer",
        "#dbe8f8", BLUE), (662, "VLAN 130 CCTV", "cameras", "#fbeecd", AMBER),
    )  # fmt: skip
    for x, name, members, fill, colour in zones:
        for parent in (260, 720):
            c.line([(parent, 416), (x + 144, 488)], colour, 2)
        c.rect(x, 488, 288, 120, fill, colour, 2, 12)
        c.text(x + 144, 526, name, 24, INK, "mm", "bold")
        c.text(x + 144, 568, members, 22, INK, "mm")
    return c


def _terminal(c: Canvas, x: float, y: float, label: str, colour: str) -> None:
    c.rect(x - 30, y, 60, 58, "#dfe5ea", STEEL, 1.5, 5)
    c.circle(x, y + 20, 11, "#b8c2cb", "#6d7986", 1.5)
    c.line([(x - 7, y + 20), (x + 7, y + 20)], "#59646f", 2)
    c.text(x, y + 45, label, 18, colour, "mm", "bold")


def vfd_wiring(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 1000, 680)
    c.text(30, 40, "变频器 VFD-21 接线图", 28, INK, style="bold")
    c.text(970, 40, "3 x 400 V", 23, RED, "rm", "bold")
    for index, label in enumerate(("L1", "L2", "L3")):
        x = 120 + index * 72
        c.line([(x, 84), (x, 190)], ("#7a4b28", "#20262c", "#8d979f")[index], 4)
        _terminal(c, x, 190, label, INK)
    c.rect(70, 248, 860, 180, "#39434e", radius=12)
    c.rect(340, 266, 190, 66, "#0f1d1a", "#8fa0af", 2, 6)
    c.text(435, 299, "50.00 Hz", 28, "#8ff0bd", "mm", "mono")
    c.text(435, 384, "VFD-21", 36, WHITE, "mm", "bold")
    for y in range(270, 410, 18):
        c.line([(96, y), (290, y)], "#2b333c", 6)
    for index, label in enumerate(("U", "V", "W")):
        x = 120 + index * 72
        _terminal(c, x, 428, label, INK)
        c.line([(x, 486), (x, 540), (192 + (index - 1) * 26, 574)], "#2a6f3f", 4)
    c.circle(192, 606, 52, WHITE, INK, 4)
    c.text(192, 594, "M-21", 24, INK, "mm", "bold")
    c.text(192, 624, "1.5 kW", 19, MUTED, "mm")
    control = (
        ("DI1", "启动", GREEN), ("DI2", "反转", GREEN), ("DI3", "故障复位", GREEN),
        ("COM", "公共端", MUTED), ("AI1", "0-10 V", BLUE), ("GND", "信号地", MUTED),
        ("R1A", "PLC", AMBER), ("R1C", "故障信号", AMBER),
    )  # fmt: skip
    for index, (label, use, colour) in enumerate(control):
        x = 370 + index * 74
        _terminal(c, x, 428, label, INK)
        c.line([(x, 486), (x, 540)], colour, 4)
        c.text(x, 560 if index % 2 else 590, use, 18, INK, "mm")
        if index % 2 == 0:
            c.line([(x, 540), (x, 576)], colour, 4)
    for index, label in enumerate(("STO1", "STO2")):
        x = 680 + index * 120
        _terminal(c, x, 190, label, RED)
        c.line([(x, 190), (x, 130)], RED, 4)
    c.rect(630, 84, 220, 48, WHITE, RED, 2.5, 8)
    c.text(740, 108, "safety relay", 21, RED, "mm", "bold")
    c.text(366, 642, "motor cable shield earthed on both sides", 20, MUTED)
    return c


def ap_signal_map(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 980, 620)
    c.rect(30, 78, 920, 420, FOG)
    for x, y, r, colour, strength in (
        (200, 288, 210, "#37b060", 190), (420, 288, 170, "#e8c53a", 170),
        (640, 288, 170, "#ee8a35", 160), (840, 288, 140, "#e04a3e", 180),
    ):  # fmt: skip
        c.glow(x, y, r, colour, strength)
    for box in ((0, 0, 980, 78), (0, 498, 980, 122), (0, 0, 30, 620), (950, 0, 30, 620)):
        c.rect(*box, WHITE)
    c.rect(30, 78, 920, 420, None, "#4f5b67", 4)
    c.text(30, 42, "仓库 C 区无线信号 WLAN-WH-02", 27, INK, style="bold")
    for index, rack in enumerate(("C05", "C07", "C09", "C10", "C12")):
        x = 276 + index * 125
        c.rect(x, 100, 46, 150, "#7b8894", "#4f5b67", 2)
        c.rect(x, 326, 46, 150, "#7b8894", "#4f5b67", 2)
        for y in (137, 175, 213, 363, 401, 439):
            c.line([(x, y), (x + 46, y)], "#aab5bf", 2)
        c.rect(x - 8, 258, 62, 32, WHITE, radius=6)
        c.text(x + 23, 274, rack, 20, INK, "mm", "bold")
    for x, label in ((299, "-58"), (549, "-79"), (799, "-83")):
        c.rect(x - 58, 294, 116, 32, "#26303a", radius=6)
        c.text(x, 310, f"{label} dBm", 19, WHITE, "mm", "bold")
    for x, name, state, colour in ((120, "AP-11", "信道 6", GREEN), (888, "AP-12", "离线", RED)):
        y = 150
        c.circle(x, y, 24, colour)
        c.arc(x, y + 8, 15, 225, 315, WHITE, 3)
        c.circle(x, y + 7, 3, WHITE)
        c.rect(x - 44, y + 30, 88, 58, WHITE, radius=6)
        c.text(x, y + 44, name, 20, INK, "mm", "bold")
        c.text(x, y + 72, state, 18, colour if colour == RED else INK, "mm")
    c.text(30, 576, "AP-12 离线：PoE 供电被关闭。AP-11 覆盖不到 C 区尽头。", 22, INK)
    return c


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "network-topology": network_topology,
    "vfd-wiring": vfd_wiring,
    "ap-signal-map": ap_signal_map,
}
