"""Windows, forms and tables of business software."""

from collections.abc import Callable, Sequence

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
    TEAL,
    WHITE,
    Canvas,
    Fonts,
)  # fmt: skip


def window(fonts: Fonts, width: int, height: int, title: str, colour: str = NAVY) -> Canvas:
    """An application window: a title bar over a light page."""
    c = Canvas(fonts, width, height, FOG)
    c.rect(0, 0, width, 60, colour)
    c.rect(24, 18, 24, 24, "#ffffff", radius=6)
    c.rect(30, 24, 12, 12, colour, radius=3)
    c.text(64, 30, title, 24, WHITE, style="bold")
    c.circle(width - 36, 30, 15, "#c8d3de")
    c.circle(width - 36, 26, 5, colour)
    c.pie(width - 36, 42, 10, 180, 360, colour)
    return c


def card(c: Canvas, x: float, y: float, w: float, h: float) -> None:
    c.shadow(x, y, w, h, 10, 5, 38, 2)
    c.rect(x, y, w, h, WHITE, LINE, 1, 10)


def table(
    c: Canvas, x: float, y: float, widths: Sequence[float], head: Sequence[str],
    rows: Sequence[Sequence[str]], pitch: float = 50, size: float = 20,
) -> None:  # fmt: skip
    """Header and rows, left-aligned."""
    c.rect(x, y, sum(widths), pitch - 6, "#e6ecf2", radius=6)
    for number, row in enumerate((head, *rows)):
        middle, left = y + (pitch - 6) / 2 + number * pitch, x + 14
        if number:
            c.line([(x, middle + pitch / 2), (x + sum(widths), middle + pitch / 2)], LINE, 1)
        for width, cell in zip(widths, row, strict=True):
            if number:
                c.text(left, middle, cell, size)
            else:
                c.text(left, middle, cell, size, MUTED, style="bold")
            left += width


def pill(
    c: Canvas, x: float, y: float, w: float, label: str, colour: str, ink: str = WHITE
) -> None:
    c.rect(x, y - 16, w, 32, colour, radius=16)
    c.text(x + w / 2, y, label, 18, ink, "mm", "bold")


def button(c: Canvas, x: float, y: float, w: float, label: str, main: bool = True) -> None:
    c.rect(x, y, w, 50, BLUE if main else WHITE, None if main else "#9fb0c0", 1.5, 8)
    c.text(x + w / 2, y + 25, label, 21, WHITE if main else INK, "mm", "bold")


def alarm_console(fonts: Fonts) -> Canvas:
    c = window(fonts, 960, 520, "告警中心", "#3a2430")
    pill(c, 30, 92, 110, "严重 2", RED)
    pill(c, 152, 92, 110, "警告 2", AMBER, INK)
    c.text(930, 92, "一号机房  A03 机柜", 20, MUTED, "rm")
    card(c, 24, 122, 912, 366)
    rows = (
        ("", "SRV-07", "电源模块 PSU2 故障", "08:12", "确认"),
        ("", "SRV-07", "进风温度过高 31 ℃", "08:15", "确认"),
        ("", "SRV-05", "硬盘 Bay 4 预测失效", "08:31", "确认"),
        ("", "PDU-B", "插座松动，已恢复", "08:40", "已确认"),
    )
    head = ("级别", "设备", "告警内容", "时间", "操作")
    table(c, 44, 142, (130, 140, 352, 120, 130), head, rows, 66, 21)
    levels = (("严重", RED), ("警告", AMBER), ("严重", RED), ("警告", AMBER))
    for index, (label, colour) in enumerate(levels):
        pill(c, 52, 238 + index * 66, 84, label, colour, INK if colour == AMBER else WHITE)
    return c


def diagnostic_buffer(fonts: Fonts) -> Canvas:
    c = window(fonts, 980, 500, "Diagnostic buffer: PLC-L2, CPU", TEAL)
    card(c, 24, 84, 932, 300)
    rows = (
        ("1", "06:42:11", "16#39CB", "Module removed or not reachable, slot 3"),
        ("2", "06:42:11", "16#2942", "I/O access error, DI 16x24VDC"),
        ("3", "06:42:12", "16#4562", "CPU changes from RUN to STOP"),
        ("4", "06:42:12", "16#4562", "OB 86 not loaded"),
    )
    table(c, 40, 100, (70, 140, 140, 550), ("No.", "Time", "Event", "Text"), rows, 54, 20)
    c.rect(24, 404, 932, 70, "#fbe7e4", "#e3b1aa", 1.5, 10)
    c.circle(60, 439, 15, RED)
    c.text(60, 438, "!", 22, WHITE, "mm", "bold")
    c.text(88, 439, "ERR LED flashing. Check the bus connector behind slot 3.", 21)
    return c


def _field(c: Canvas, x: float, y: float, w: float, label: str, value: str) -> None:
    c.text(x, y, label, 20, INK, style="bold")
    c.rect(x, y + 18, w, 48, WHITE, "#aebccb", 1.5, 7)
    c.text(x + 14, y + 42, value, 20, MUTED)


def form_order_import(fonts: Fonts) -> Canvas:
    c = window(fonts, 900, 660, "导入订单")
    card(c, 24, 82, 852, 556)
    _field(c, 52, 116, 380, "客户编号 *", "8 位数字")
    _field(c, 468, 116, 380, "交货日期 *", "YYYY-MM-DD")
    _field(c, 52, 212, 380, "发货仓库", "苏州仓")
    c.polygon([(398, 248), (416, 248), (407, 260)], MUTED)
    _field(c, 468, 212, 380, "备注", "最多 200 字")
    c.rect(52, 312, 796, 208, "#eef4fb", "#7fa6d3", 2, 12)
    c.line([(450, 384), (450, 344)], BLUE, 5)
    c.arrow((450, 360), (450, 334), BLUE, 5)
    c.line([(416, 374), (416, 396), (484, 396), (484, 374)], BLUE, 5)
    c.text(450, 432, "拖放 CSV 文件到此处", 24, INK, "mm", "bold")
    c.text(450, 474, "文件上限 5 MB、5,000 行", 20, MUTED, "mm")
    button(c, 52, 556, 200, "开始导入")
    button(c, 272, 556, 200, "下载模板", main=False)
    return c


def form_import_errors(fonts: Fonts) -> Canvas:
    c = window(fonts, 900, 600, "导入订单 / 校验结果")
    for x, label, value, colour in (
        (24, "总行数", "1,240", INK), (316, "通过", "1,236", GREEN), (608, "失败", "4", RED),
    ):  # fmt: skip
        card(c, x, 82, 268, 104)
        c.text(x + 22, 112, label, 21, MUTED)
        c.text(x + 22, 154, value, 34, colour, style="bold")
    card(c, 24, 206, 852, 300)
    c.text(48, 238, "失败行", 22, INK, style="bold")
    rows = (
        "第 14 行：交货日期格式错误", "第 27 行：客户编号不存在",
        "第 301 行：客户编号必须为 8 位数字", "第 877 行：备注超过 200 字",
    )  # fmt: skip
    for index, row in enumerate(rows):
        y = 284 + index * 54
        c.rect(44, y - 22, 812, 44, "#fdf0ee", radius=7)
        c.circle(70, y, 9, RED)
        c.text(94, y, row, 21)
    button(c, 24, 528, 200, "导出失败行", main=False)
    button(c, 244, 528, 250, "仅导入通过的行")
    return c


def login_error(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 860, 600)
    c.shade(0, 0, 860, 600, ["#27425f", "#3f6b8f", "#6d97b3"])
    c.rect(250, 60, 360, 500, "#eef2f6", radius=12)
    c.text(430, 104, "Maintenance portal", 24, NAVY, "mm", "bold")
    c.rect(290, 480, 280, 52, BLUE, radius=8)
    c.text(430, 506, "Continue with company account", 17, WHITE, "mm")
    c.tint("#16212c", 0.35)
    c.shadow(120, 140, 620, 320, 14, 16, 190, 10)
    c.rect(120, 140, 620, 320, WHITE, radius=14)
    c.circle(176, 196, 26, RED)
    for end in (-1, 1):
        c.line([(166, 196 - 10 * end), (186, 196 + 10 * end)], WHITE, 5)
    c.text(220, 196, "Sign-in failed", 32, INK, style="bold")
    c.text(150, 260, "SAML assertion signature is not valid.", 24)
    c.text(150, 306, "Code AUTH-4107", 22, RED, style="bold")
    c.text(150, 346, "Correlation ID 7f3a-91c2-0be8", 20, MUTED)
    button(c, 150, 384, 180, "Try again")
    button(c, 350, 384, 220, "Contact support", main=False)
    return c


def visitor_sign_in(fonts: Fonts) -> Canvas:
    c = window(fonts, 800, 580, "Reception: visitor sign-in", "#4d5d3c")
    card(c, 120, 92, 560, 456)
    c.text(400, 134, "Welcome! Who is your contact?", 28, INK, "mm", "bold")
    _field(c, 160, 186, 480, "Your name", "Maria Santos")
    _field(c, 160, 282, 480, "You are visiting", "Canteen kitchen")
    c.text(160, 380, "Badge photo", 20, INK, style="bold")
    c.rect(160, 400, 110, 120, "#dfe6da", radius=8)
    c.circle(215, 442, 22, "#8a9a7b")
    c.pie(215, 518, 44, 180, 360, "#8a9a7b")
    button(c, 420, 470, 220, "Print badge")
    return c


def action_board(fonts: Fonts) -> Canvas:
    c = window(fonts, 980, 600, "质量周会 行动项")
    columns = (
        (24, "待开始", "#e8edf3", (("清洗喷头", "喷码模糊 29 件", "6 月 10 日"),)),
        (342, "进行中", "#e5eefb", (
            ("更换封口加热管", "负责人 李敏", "6 月 7 日"),
            ("调整贴标机导轨", "负责人 王强", "6 月 6 日"),
        )),
        (660, "每天跟踪", "#e4f3e9", (
            ("夜班每小时抽检液位", "负责人 陈洁", "立即开始"),
            ("封口不良早会通报", "目标 80 件以下", "每天"),
        )),
    )  # fmt: skip
    for x, title, colour, notes in columns:
        c.rect(x, 82, 296, 494, colour, radius=12)
        c.text(x + 20, 114, title, 23, INK, style="bold")
        for index, (what, who, when) in enumerate(notes):
            y = 142 + index * 206
            card(c, x + 14, y, 268, 186)
            c.rect(x + 14, y, 8, 186, AMBER if index else TEAL, radius=4)
            c.text(x + 38, y + 38, what, 22, INK, style="bold")
            c.text(x + 38, y + 88, who, 21)
            c.text(x + 38, y + 138, when, 20, MUTED)
    return c


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "alarm-console": alarm_console,
    "diagnostic-buffer": diagnostic_buffer,
    "form-order-import": form_order_import,
    "form-import-errors": form_import_errors,
    "login-error": login_error,
    "visitor-sign-in": visitor_sign_in,
    "action-board": action_board,
}
