"""Things with lamps and labels: racks, a PLC, control panels, a switch, a lockout tag."""

from collections.abc import Callable, Sequence
from math import cos, radians, sin

from .canvas import (
    AMBER,
    BLUE,
    DARK,
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


def _lamp(c: Canvas, x: float, y: float, r: float, colour: str, lit: bool = True) -> None:
    if lit:
        c.glow(x, y, r * 2.6, colour, 190)
    c.circle(x, y, r + 2, "#3b444e")
    c.circle(x, y, r, colour if lit else "#59626c")
    if lit:
        c.circle(x - r * 0.3, y - r * 0.35, r * 0.28, "#fff3ea")


def _server(c: Canvas, y: float, label: str, lamp: str, note: str = "") -> None:
    c.shade(110, y, 420, 62, ["#4a5562", "#39434f", "#2c343e"], radius=4)
    for bay in range(8):
        c.rect(128 + bay * 26, y + 12, 21, 38, "#20272f", "#5a6673", 1, 2)
        c.rect(132 + bay * 26, y + 42, 6, 3, "#4fa66a")
    c.text(352, y + 31, label, 19, "#eef2f6", style="bold")
    c.text(438, y + 31, note, 17, "#ffd9d4")
    _lamp(c, 508, y + 31, 8, lamp)


def _rack(fonts: Fonts, title: str) -> Canvas:
    c = Canvas(fonts, 860, 640)
    c.shade(0, 0, 860, 640, ["#cfd7df", "#e6ebf0", "#b9c3cd"])
    c.polygon([(0, 560), (860, 560), (860, 640), (0, 640)], "#8e9aa6")
    for x in range(0, 860, 107):
        c.line([(x, 640), (430 + (x - 430) * 0.85, 560)], "#808c98", 1.5)
    c.shadow(70, 30, 500, 580, 10, 14, 150, 8)
    c.shade(70, 30, 500, 580, ["#2b323b", "#12171d"], radius=8)
    c.rect(92, 96, 456, 496, "#0d1116", "#46515d", 2)
    c.rect(92, 44, 456, 42, WHITE, radius=4)
    c.text(320, 64, title, 24, INK, "mm", "bold")
    for y in range(112, 580, 24):
        c.circle(101, y, 2.5, "#6a7682")
        c.circle(539, y, 2.5, "#6a7682")
    return c


def rack_a03(fonts: Fonts) -> Canvas:
    c = _rack(fonts, "A03 机柜 · 一号机房")
    _server(c, 110, "SRV-05", GREEN)
    _server(c, 184, "SRV-06", GREEN)
    c.glow(500, 289, 130, RED, 110)
    _server(c, 258, "SRV-07", RED, "PSU2")
    _server(c, 332, "SRV-08", GREEN)
    _server(c, 406, "SRV-09", GREEN)
    c.rect(110, 496, 420, 70, "#2a323b", radius=4)
    c.text(128, 531, "PDU-B", 20, "#eef2f6", style="bold")
    for x in range(230, 510, 40):
        c.rect(x, 516, 28, 30, "#0d1116", "#75818d", 1, 4)
    c.shadow(604, 214, 232, 148, 10, 8)
    c.rect(604, 214, 232, 148, WHITE, RED, 3, 10)
    c.line([(604, 289), (524, 289)], RED, 3)
    c.text(720, 244, "SRV-07 红灯常亮", 22, RED, "mm", "bold")
    c.text(720, 284, "硬件故障", 20, INK, "mm")
    c.text(720, 320, "电源模块 PSU2", 20, INK, "mm")
    return c


def rack_b11(fonts: Fonts) -> Canvas:
    c = _rack(fonts, "B11 机柜 · 视频会议室")
    for y, label, colour in ((110, "MCU-1", BLUE), (200, "MATRIX", BLUE), (290, "AMP-2", GREEN)):
        c.shade(110, y, 420, 76, ["#5b6570", "#3c454f"], radius=4)
        c.rect(130, y + 16, 180, 44, "#0e2a33", radius=3)
        c.line([(138, y + 40), (180, y + 40), (196, y + 26), (216, y + 50), (300, y + 38)], colour)
        c.text(336, y + 38, label, 20, "#eef2f6", style="bold")
        _lamp(c, 500, y + 38, 9, colour)
    c.rect(110, 384, 420, 196, "#1b2129", "#333d48", 1)
    for x in range(140, 520, 44):
        c.line([(x, 384), (x + 14, 470), (x - 6, 580)], "#2f6f94", 5)
    c.rect(610, 230, 220, 84, "#fffbe8", "#d8c98a", 1.5, 6)
    c.text(720, 258, "投影音频专用", 20, INK, "mm")
    c.text(720, 290, "请勿断电", 20, INK, "mm")
    return c


def plc_err_led(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 880, 600)
    c.shade(0, 0, 880, 600, ["#d9dfe5", "#c2cbd4"])
    c.shade(0, 268, 880, 54, ["#eef2f5", "#9aa6b1", "#cfd6dd"])
    c.shadow(60, 60, 760, 470, 10, 14, 130, 10)
    c.shade(60, 60, 320, 470, ["#59636e", "#454e58", "#39414a"], radius=8)
    c.rect(60, 60, 320, 64, "#1f7d86", radius=8)
    c.text(84, 92, "CPU", 30, WHITE, style="bold")
    c.text(356, 92, "PLC-L2", 22, WHITE, "rm", "bold")
    for y, label, colour, lit in (
        (172, "RUN", GREEN, False), (224, "ERR", RED, True), (276, "MAINT", AMBER, True),
    ):  # fmt: skip
        _lamp(c, 104, y, 11, colour, lit)
        c.text(132, y, label, 24, WHITE, style="bold")
    c.text(360, 172, "STOP", 24, "#ffd36b", "rm", "bold")
    c.rect(84, 316, 272, 112, "#12211f", "#8896a3", 2, 4)
    c.text(102, 348, "CPU STOP", 21, "#9fe8c4", style="mono")
    c.text(102, 388, "OB 86 not loaded", 21, "#9fe8c4", style="mono")
    for x in (90, 186):
        c.rect(x, 446, 74, 58, "#262d35", "#8a96a2", 2, 3)
        c.rect(x + 14, 460, 46, 30, "#0b0f13")
    c.text(276, 475, "X1 P1R", 18, "#dfe6ec")
    for index, (x, name, lit) in enumerate(((392, "DI 16x24VDC", True), (608, "DQ 16", False))):
        c.shade(x, 60, 206, 470, ["#626d78", "#4a535d", "#3d464f"], radius=6)
        c.rect(x, 60, 206, 64, "#35505f", radius=6)
        c.text(x + 103, 92, name, 22, WHITE, "mm", "bold")
        c.text(x + 103, 148, f"slot {index + 3}", 21, "#e6ecf1", "mm")
        for row in range(8):
            for side in (52, 128):
                c.rect(x + side, 182 + row * 30, 24, 14, "#2c343c" if lit else "#3fae63", radius=3)
        if lit:
            _lamp(c, x + 103, 460, 11, RED)
            c.text(x + 103, 500, "module lost", 20, "#ffd9d4", "mm")
        else:
            c.text(x + 103, 500, "OK", 20, "#e6ecf1", "mm")
    c.text(440, 565, "Cabinet +K2, filling line 2", 24, INK, "mm", "bold")
    return c


def _button(c: Canvas, x: float, y: float, colour: str, label: str) -> None:
    c.shadow(x - 34, y - 34, 68, 68, 34, 5, 120, 4)
    c.circle(x, y, 36, "#aab4be")
    c.circle(x, y, 29, colour)
    c.arc(x, y, 25, 200, 300, "#ffffff", 3)
    c.text(x, y + 58, label, 22, INK, "mm", "bold")


def _panel(fonts: Fonts, title: str, lamps: Sequence[tuple[str, str, bool]]) -> Canvas:
    c = Canvas(fonts, 860, 620)
    c.shade(0, 0, 860, 620, ["#74828f", "#5b6874"])
    c.shadow(50, 36, 760, 548, 14, 14, 170, 8)
    c.shade(50, 36, 760, 548, ["#e9ecee", "#d5dade", "#c4cbd1"], radius=12)
    for x, y in ((74, 60), (786, 60), (74, 560), (786, 560)):
        c.circle(x, y, 8, STEEL)
        c.line([(x - 5, y - 5), (x + 5, y + 5)], "#5f6b77", 2)
    c.rect(200, 62, 460, 54, NAVY, radius=4)
    c.text(430, 89, title, 26, WHITE, "mm", "bold")
    for index, (label, colour, lit) in enumerate(lamps):
        x = 190 + index * 240
        c.circle(x, 198, 44, "#b3bcc5")
        _lamp(c, x, 198, 32, colour, lit)
        c.text(x, 266, label, 24, INK, "mm", "bold")
    c.line([(90, 306), (770, 306)], "#b0b9c1", 2)
    return c


def control_panel_run(fonts: Fonts) -> Canvas:
    lamps = (("POWER", "#f4f1d0", True), ("RUN", GREEN, True), ("FAULT", RED, False))
    c = _panel(fonts, "二号灌装线 控制柜", lamps)
    c.circle(190, 420, 52, "#b3bcc5")
    c.circle(190, 420, 42, "#2b333c")
    c.line([(190, 420), (216, 390)], WHITE, 9)
    c.text(124, 356, "手动", 22, INK, "mm", "bold")
    c.text(256, 356, "自动", 22, INK, "mm", "bold")
    c.text(190, 500, "模式开关", 22, INK, "mm", "bold")
    for x, colour, label in ((350, GREEN, "启动"), (468, RED, "停止"), (586, BLUE, "复位")):
        _button(c, x, 420, colour, label)
    c.circle(716, 420, 54, "#f2c318")
    c.shadow(680, 384, 72, 72, 36, 5, 130, 5)
    c.circle(716, 420, 38, RED)
    c.arc(716, 420, 32, 200, 300, "#ffb3ab", 4)
    c.text(716, 500, "急停", 22, INK, "mm", "bold")
    c.text(430, 552, "总开关 ON", 22, INK, "mm", "bold")
    return c


def boiler_panel(fonts: Fonts) -> Canvas:
    lamps = (("BURNER", AMBER, True), ("RUN", GREEN, True), ("LOW WATER", BLUE, False))
    c = _panel(fonts, "Hot water boiler HW-2", lamps)
    for x, label, unit, angle in ((250, "Flow", "78 °C", 300), (610, "Gas", "21 mbar", 215)):
        c.circle(x, 420, 88, "#8b97a3")
        c.circle(x, 420, 80, WHITE)
        for tick in range(135, 406, 27):
            dx, dy = cos(radians(tick)), sin(radians(tick))
            c.line([(x + 66 * dx, 420 + 66 * dy), (x + 76 * dx, 420 + 76 * dy)], INK, 2)
        dx, dy = cos(radians(angle)), sin(radians(angle))
        c.line([(x, 420), (x + 58 * dx, 420 + 58 * dy)], RED, 4)
        c.circle(x, 420, 7, INK)
        c.text(x, 466, unit, 20, INK, "mm", "bold")
        c.text(x, 536, label, 22, INK, "mm", "bold")
    return c


def switch_port_labels(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 1000, 460)
    c.shade(0, 0, 1000, 460, ["#262d35", "#14191f"])
    c.shadow(30, 60, 940, 340, 8, 12, 200, 6)
    c.shade(30, 60, 940, 340, ["#5c6873", "#434d57", "#333c45"], radius=8)
    c.text(60, 92, "SW-07", 30, WHITE, style="bold")
    c.text(180, 94, "VLAN 110 OT", 20, "#bfe3cd")
    c.text(540, 94, "VLAN 120 Office", 20, "#cfe0f6")
    c.text(770, 94, "VLAN 130 CCTV", 20, "#f6e2b8")
    ports = (
        ("Gi1/0/5", "PLC-L2", "#dff2e5"), ("Gi1/0/6", "HMI-L2", "#dff2e5"),
        ("Gi1/0/7", "VFD-21", "#dff2e5"), ("Gi1/0/14", "PRN-03", "#dbe8f8"),
        ("Gi1/0/21", "CAM-11", "#fbeecd"), ("Te1/1/1", "CORE-SW-1", "#ffffff"),
    )  # fmt: skip
    cables = ("#2a9d5c", "#2a9d5c", "#2a9d5c", "#2f74c0", "#e0a21b", "#38c6d9")
    for index, (port, peer, colour) in enumerate(ports):
        x = 52 + index * 152
        c.rect(x, 124, 138, 88, colour, radius=5)
        c.text(x + 69, 150, port, 22, INK, "mm", "bold")
        c.text(x + 69, 186, peer, 21, INK, "mm")
        c.rect(x + 32, 232, 74, 66, "#10151a", "#95a1ad", 3, 5)
        c.rect(x + 50, 250, 38, 48, "#d9dee3", radius=3)
        c.line([(x + 69, 290), (x + 69, 360), (x + 60, 460)], cables[index], 15)
        c.circle(x + 40, 316, 5, "#63e08c")
    return c


def loto_tag(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 760, 700)
    c.shade(0, 0, 760, 700, ["#a9b3bc", "#8b97a2", "#77838e"])
    c.shadow(70, 40, 280, 360, 12, 12, 150, 8)
    c.shade(70, 40, 280, 360, ["#e2e5e7", "#c3c9ce"], radius=12)
    c.rect(110, 62, 200, 44, NAVY, radius=4)
    c.text(210, 84, "Q301  M-301", 24, WHITE, "mm", "bold")
    c.circle(210, 230, 92, "#f0c419")
    c.circle(210, 230, 70, RED)
    c.rect(192, 150, 36, 160, "#a8201a", radius=12)
    c.text(118, 360, "0 OFF", 24, INK, style="bold")
    c.arc(270, 330, 42, 180, 360, "#59636d", 12)
    c.rect(228, 326, 12, 30, "#59636d")
    c.rect(300, 326, 12, 30, "#59636d")
    c.shadow(212, 350, 116, 100, 12, 6, 150, 5)
    c.shade(212, 350, 116, 100, ["#e0453c", "#b3241c"], radius=12)
    c.circle(270, 394, 13, DARK)
    c.rect(264, 396, 12, 32, DARK, radius=4)
    c.line([(312, 344), (360, 330), (440, 190)], "#d8dde2", 4)
    c.shadow(390, 150, 320, 500, 18, 12, 150, 8)
    c.rect(390, 150, 320, 500, "#fffdf6", "#c8c2ae", 2, 18)
    c.circle(440, 186, 14, "#8b97a2", "#6e7a85", 3)
    c.rect(410, 214, 280, 86, RED, radius=10)
    c.text(550, 257, "DANGER", 48, WHITE, "mm", "bold")
    c.text(550, 348, "禁止合闸", 50, INK, "mm", "bold")
    c.text(550, 412, "DO NOT OPERATE", 29, INK, "mm", "bold")
    c.text(550, 456, "上锁挂牌 LOTO", 24, RED, "mm", "bold")
    for y, label, value in (
        (508, "name", "Zhao Lin"), (556, "date", "12 June"), (604, "phone number", "6120"),
    ):  # fmt: skip
        c.text(416, y, label, 20, MUTED)
        c.text(684, y, value, 22, "#1d3f8a", "rm")
        c.line([(416, y + 19), (684, y + 19)], "#b9b39f", 1.5)
    return c


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "rack-a03-alarm": rack_a03,
    "rack-b11-network": rack_b11,
    "plc-err-led": plc_err_led,
    "control-panel-run": control_panel_run,
    "boiler-panel": boiler_panel,
    "switch-port-labels": switch_port_labels,
    "loto-tag": loto_tag,
}
