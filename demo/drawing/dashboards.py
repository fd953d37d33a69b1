"""Dashboards, an operator screen and printed notices."""

from collections.abc import Callable, Sequence

from .canvas import (
    AMBER,
    BLUE,
    GREEN,
    INK,
    LINE,
    MUTED,
    RED,
    TEAL,
    WHITE,
    Canvas,
    Fonts,
    Point,
)  # fmt: skip
from .screens import card, pill, table, window


def figure(c: Canvas, x: float, y: float, w: float, label: str, value: str, ink: str) -> None:
    """A card with one large value."""
    card(c, x, y, w, 112)
    c.text(x + 20, y + 32, label, 20, MUTED)
    c.text(x + 20, y + 76, value, 34, ink, style="bold")


def hmi_filling(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 960, 620, "#222c36")
    c.rect(0, 0, 960, 62, "#0f151b")
    c.text(28, 31, "灌装线监控", 27, WHITE, style="bold")
    pill(c, 830, 31, 100, "自动", GREEN)
    c.shade(60, 130, 190, 330, ["#7d8995", "#e4e9ee", "#77838f"], radius=40, sideways=True)
    c.rect(84, 156, 142, 278, "#111820", radius=24)
    c.shade(84, 234, 142, 200, ["#4fb3e6", "#1d6fa8"], radius=22)
    c.text(155, 338, "72%", 38, WHITE, "mm", "bold")
    c.text(155, 104, "储罐 T-201 液位", 22, WHITE, "mm", "bold")
    c.line([(155, 460), (155, 520), (350, 520)], "#8fa0b0", 14)
    c.line([(155, 460), (155, 520), (350, 520)], "#4fb3e6", 6)
    for index in range(4):
        x = 350 + index * 44
        c.rect(x + 11, 470, 12, 20, "#9fd5ef", radius=3)
        c.rect(x, 488, 34, 66, "#9fd5ef", radius=8)
    c.rect(330, 556, 250, 12, "#8895a2", radius=6)
    values = (
        ("灌装速度", "120", "瓶/分"), ("灌装量", "500", "mL"),
        ("灌装压力", "0.25", "MPa"), ("产品温度", "22", "℃"),
    )  # fmt: skip
    for index, (label, value, unit) in enumerate(values):
        x, y = 320 + index % 2 * 312, 96 + index // 2 * 168
        c.rect(x, y, 292, 146, "#32404d", "#4c5d6d", 1.5, 12)
        c.text(x + 22, y + 36, label, 22, "#c9d5e0")
        c.text(x + 22, y + 96, value, 46, WHITE, style="bold")
        c.text(x + 270, y + 104, unit, 23, "#c9d5e0", "rm")
    c.rect(644, 470, 280, 84, GREEN, radius=14)
    c.text(784, 512, "确认生产", 30, WHITE, "mm", "bold")
    return c


def backup_dashboard(fonts: Fonts) -> Canvas:
    c = window(fonts, 980, 560, "Backup dashboard", TEAL)
    figures = (
        ("RPO", "24 h", INK), ("RTO", "4 h", INK),
        ("Last run", "green", GREEN), ("Failed", "0", INK),
    )  # fmt: skip
    for index, (label, value, ink) in enumerate(figures):
        figure(c, 24 + index * 237, 82, 221, label, value, ink)
    card(c, 24, 214, 932, 322)
    rows = (
        ("nightly-erp", "318 GB", "1 h 42 min", "verified", ""),
        ("nightly-erp", "317 GB", "1 h 40 min", "verified", ""),
        ("nightly-erp", "317 GB", "1 h 44 min", "verified", ""),
        ("weekly-files", "1.9 TB", "6 h 05 min", "verified", ""),
    )
    head = ("Job", "Size", "Duration", "Checksum", "Status")
    table(c, 40, 230, (240, 150, 190, 170, 150), head, rows, 60, 21)
    for index in range(4):
        pill(c, 796, 317 + index * 60, 110, "success", GREEN)
    return c


def plot(
    c: Canvas, x: float, y: float, w: float, h: float, values: Sequence[float], colour: str
) -> None:
    """A line through values of 0 to 1, with a soft dot at its end."""
    for part in range(5):
        c.line([(x, y + h * part / 4), (x + w, y + h * part / 4)], LINE, 1)
    step = w / (len(values) - 1)
    points: list[Point] = [(x + i * step, y + h * (1 - v)) for i, v in enumerate(values)]
    c.line(points, colour, 3)
    c.circle(*points[-1], 6, colour)


def slo_dashboard(fonts: Fonts) -> Canvas:
    c = window(fonts, 980, 620, "Checkout API SLO  May", "#2c2a4a")
    figures = (
        ("Availability", "99.938 %", GREEN), ("p95 latency", "412 ms", INK),
        ("Error budget left", "38 %", "#b06d00"), ("Requests", "18.4 M", INK),
    )  # fmt: skip
    for index, (label, value, ink) in enumerate(figures):
        figure(c, 24 + index * 237, 82, 221, label, value, ink)
    card(c, 24, 214, 568, 380)
    c.text(46, 246, "p95 latency (ms)", 21, INK, style="bold")
    days = [38, 40, 37, 39, 42, 40, 38, 41, 62, 44, 40, 39, 41, 38, 40, 42, 41, 40, 43, 48, 44]
    days += [91, 58, 43, 41, 40, 39, 42, 40, 41, 41]
    for level, label in ((0.9, "900"), (0.45, "450")):
        c.text(92, 290 + 230 * (1 - level), label, 18, MUTED, "rm")
    plot(c, 104, 290, 464, 230, [day / 100 for day in days], BLUE)
    c.line([(104, 290 + 230 * 0.55), (568, 290 + 230 * 0.55)], RED, 2)
    c.text(418, 284, "22 May 910 ms", 18, RED, "rm")
    for day, x in (("1 May", 104), ("9 May", 228), ("31 May", 545)):
        c.text(x, 550, day, 18, MUTED, "mm" if x > 104 else "lm")
    card(c, 608, 214, 348, 380)
    c.text(630, 246, "Error budget", 21, INK, style="bold")
    c.arc(782, 420, 110, 135, 405, "#e4e9ef", 26)
    c.arc(782, 420, 110, 135, 135 + 270 * 0.38, AMBER, 26)
    c.text(782, 410, "38 %", 40, INK, "mm", "bold")
    c.text(782, 456, "left", 22, MUTED, "mm")
    c.text(782, 560, "9 May HTTP 504, 11 minutes", 19, MUTED, "mm")
    return c


def vfd_parameters(fonts: Fonts) -> Canvas:
    c = window(fonts, 900, 560, "变频器 VFD-21 参数", "#27313b")
    card(c, 24, 84, 852, 450)
    rows = (
        ("P0-01", "控制方式", "端子"), ("P0-03", "频率来源", "AI1"),
        ("P0-10", "最大频率", "50.00 Hz"), ("P1-04", "加速时间", "5.0 s"),
        ("P1-05", "减速时间", "4.0 s"), ("P2-02", "电机额定电流", "3.6 A"),
    )  # fmt: skip
    table(c, 44, 104, (210, 372, 230), ("参数", "名称", "设定值"), rows, 59, 23)
    return c


def guest_wifi_poster(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 640, 800)
    c.shade(0, 0, 640, 800, ["#2f7f8f", "#1b5566"])
    for ring, colour in ((190, "#4b9aa8"), (136, "#7dbcc7"), (82, "#c4e5ea")):
        c.arc(320, 330, ring, 225, 315, colour, 24)
    c.circle(320, 318, 18, WHITE)
    c.text(320, 84, "访客无线网络", 42, WHITE, "mm", "bold")
    c.text(320, 412, "Guest Wi-Fi", 50, WHITE, "mm", "bold")
    c.rect(90, 480, 460, 190, WHITE, radius=18)
    c.text(320, 534, "密码请向前台索取", 32, INK, "mm", "bold")
    c.text(320, 604, "大堂与咖啡厅可用", 27, MUTED, "mm")
    c.text(320, 730, "祝您访问愉快", 27, "#d6eef2", "mm")
    return c


def canteen_menu(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 680, 760, "#fbf6ea")
    c.rect(20, 20, 640, 720, None, "#c9a66b", 3, 14)
    c.text(340, 84, "食堂菜单", 46, "#8a3b1e", "mm", "bold")
    c.text(340, 142, "6 月 3 日午餐  周会用餐请预约", 26, MUTED, "mm")
    c.line([(80, 178), (600, 178)], "#c9a66b", 2)
    dishes = (
        ("红烧排骨", "12 元"), ("番茄炒蛋", "6 元"), ("清炒时蔬", "5 元"),
        ("麻婆豆腐", "6 元"), ("紫菜蛋花汤", "2 元"), ("水果酸奶", "4 元"),
    )  # fmt: skip
    for index, (dish, price) in enumerate(dishes):
        y = 228 + index * 68
        c.circle(98, y, 6, "#c9752f")
        c.text(122, y, dish, 28)
        c.text(596, y, price, 26, "#8a3b1e", "rm", "bold")
    c.ellipse(340, 682, 120, 26, "#efe3c8")
    c.ellipse(340, 668, 104, 24, WHITE, "#d8c9a4", 3)
    c.ellipse(340, 664, 66, 13, "#d9632f")
    return c


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "hmi-filling": hmi_filling,
    "backup-dashboard": backup_dashboard,
    "slo-dashboard": slo_dashboard,
    "vfd-parameters": vfd_parameters,
    "guest-wifi-poster": guest_wifi_poster,
    "canteen-menu": canteen_menu,
}
