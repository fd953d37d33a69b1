"""Bar, line and ring charts with their figures written beside them."""

from collections.abc import Callable, Sequence

from .canvas import (
    AMBER,
    BLUE,
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
    Point,
)  # fmt: skip


def _bars(
    c: Canvas, names: Sequence[str], values: Sequence[float], top: float, colour: str
) -> list[Point]:
    """Bars over the area (80, 110) to (860, 470); returns the middle of each bar's top."""
    for part in range(5):
        y = 470 - 90 * part
        c.line([(80, y), (860, y)], LINE if part else STEEL, 1 if part else 2)
        c.text(70, y, f"{top * part / 4:g}", 18, MUTED, "rm")
    tops: list[Point] = []
    pitch = 780 / len(names)
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        x, height = 80 + pitch * (index + 0.5), 360 * value / top
        c.shade(x - pitch * 0.29, 470 - height, pitch * 0.58, height, [colour, NAVY], radius=4)
        c.text(x, 470 - height - 20, f"{value:g}", 22, INK, "mm", "bold")
        c.text(x, 502, name, 21, INK, "mm")
        tops.append((x, 470 - height))
    return tops


def defect_pareto(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 940, 570)
    c.text(470, 46, "上周缺陷帕累托图（共 386 件）", 28, INK, "mm", "bold")
    names = ("封口不良", "标签歪斜", "液位偏低", "瓶身划痕", "喷码模糊", "其他")
    values = (168, 86, 47, 38, 29, 18)
    tops = _bars(c, names, values, 200, BLUE)
    total, line = 0, []
    for (x, _), value in zip(tops, values, strict=True):
        total += value
        line.append((x, 470 - 360 * total / sum(values) * 0.98))
    c.line(line, RED, 3)
    for x, y in line:
        c.circle(x, y, 6, WHITE, RED, 3)
    c.text(line[2][0], line[2][1] - 26, "78%", 22, RED, "mm", "bold")
    c.text(line[5][0] + 8, line[5][1] - 24, "100%", 20, RED, "mm")
    c.text(470, 544, "前三项占 78%", 21, MUTED, "mm")
    return c


def energy_by_workshop(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 940, 570)
    c.text(80, 46, "五月分车间用电 (MWh)", 28, INK, style="bold")
    c.text(860, 46, "全厂 412 MWh", 23, TEAL, "rm", "bold")
    names = ("灌装", "包装", "空压站", "冷冻站", "办公照明")
    _bars(c, names, (148, 96, 92, 54, 22), 160, TEAL)
    c.text(80, 544, "单位产品电耗 0.109 kWh/瓶，比四月减少 6.4%", 21, MUTED)
    return c


def sales_by_region(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 940, 570, "#fffaf3")
    c.text(470, 46, "五月销售额 (万元)", 28, INK, "mm", "bold")
    _bars(c, ("华东", "华南", "华北", "西南", "出口"), (620, 480, 350, 270, 190), 800, AMBER)
    return c


def air_base_load(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 940, 540)
    c.text(90, 44, "空压站夜间基载流量 (m³/min)", 27, INK, style="bold")
    for value in (0, 3, 6, 9):
        y = 440 - 36 * value
        c.line([(90, y), (880, y)], LINE, 1)
        c.text(78, y, str(value), 19, MUTED, "rm")
    flow = [8.2, 8.1, 8.3, 8.2, 8.4, 8.2, 8.1, 8.3, 8.2, 8.2, 8.3, 8.1, 8.2, 8.3, 8.2, 8.2]
    flow += [6.6, 6.4, 6.5, 5.3, 5.2, 5.1, 5.2, 5.1, 5.0, 5.2, 5.1, 5.1, 5.2, 5.1, 5.1]
    points = [(90 + index * 790 / 30, 440 - 36 * value) for index, value in enumerate(flow)]
    c.polygon([(90, 440), *points, (880, 440)], "#d9ecea")
    c.line(points, TEAL, 4)
    c.text(130, 116, "8.2", 26, INK, "mm", "bold")
    c.text(846, 226, "5.1", 26, INK, "mm", "bold")
    c.arrow((620, 120), (530, 180), AMBER, 3)
    c.text(628, 110, "更换泄漏快插接头", 21, INK)
    for day, x in (("5 月 1 日", 90), ("5 月 16 日", 485), ("5 月 31 日", 880)):
        c.text(x, 468, day, 19, MUTED, {90: "lm", 880: "rm"}.get(x, "mm"))
    c.text(90, 510, "压缩空气压力 0.62 MPa    泄漏率 24% → 15%", 21, INK)
    return c


def failed_requests_by_kind(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 900, 520)
    c.text(450, 46, "Checkout API: failed requests by kind", 27, INK, "mm", "bold")
    parts = (
        (61, RED, "gateway timeout", "HTTP 504, payment gateway"),
        (22, AMBER, "inventory conflict", "cart changed"),
        (17, BLUE, "validation", "bad address or voucher"),
    )
    start = -90.0
    for share, colour, _, _ in parts:
        c.pie(250, 290, 180, start, start + 3.6 * share, colour)
        start += 3.6 * share
    c.circle(250, 290, 104, WHITE)
    c.text(250, 276, "May", 30, INK, "mm", "bold")
    c.text(250, 318, "error budget", 20, MUTED, "mm")
    for index, (share, colour, kind, detail) in enumerate(parts):
        y = 180 + index * 104
        c.rect(490, y - 14, 28, 28, colour, radius=6)
        c.text(536, y, f"{share} %", 28, INK, style="bold")
        c.text(624, y, kind, 24)
        c.text(624, y + 36, detail, 19, MUTED)
    return c


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "defect-pareto": defect_pareto,
    "energy-by-workshop": energy_by_workshop,
    "sales-by-region": sales_by_region,
    "air-base-load": air_base_load,
    "failed-requests-by-kind": failed_requests_by_kind,
}
