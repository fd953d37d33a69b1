"""Phones, a barcode scanner and terminal windows."""

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
    WHITE,
    Canvas,
    Fonts,
)  # fmt: skip


def _phone(fonts: Fonts, width: int = 640, height: int = 900) -> Canvas:
    c = Canvas(fonts, width, height)
    c.shade(0, 0, width, height, ["#dfe6ec", "#bcc8d3"])
    c.shadow(90, 30, width - 180, height - 60, 44, 16, 150, 10)
    c.rect(90, 30, width - 180, height - 60, "#141a21", radius=44)
    c.rect(106, 46, width - 212, height - 92, FOG, radius=30)
    return c


def work_order_phone(fonts: Fonts) -> Canvas:
    c = _phone(fonts)
    c.rect(106, 46, 428, 112, NAVY, radius=30)
    c.rect(106, 100, 428, 58, NAVY)
    c.text(130, 122, "Work order WO-8841", 27, WHITE, style="bold")
    c.rect(106, 158, 428, 46, "#ffe7a3")
    c.text(130, 181, "Offline: 3 changes waiting to sync", 20, "#5c4300")
    c.text(130, 236, "Conveyor C-14", 26, INK, style="bold")
    c.rect(130, 260, 130, 34, "#fbe0dd", radius=17)
    c.text(195, 277, "Priority 1", 19, "#a3231c", "mm")
    c.text(276, 277, "due time 16:30", 20, MUTED)
    c.text(130, 328, "Checklist", 22, MUTED, style="bold")
    items = ("Isolate drive", "Clean sensor", "Check belt tension", "Test emergency stop")
    for index, item in enumerate(items):
        y = 352 + index * 74
        c.rect(126, y, 388, 64, WHITE, LINE, 1.5, 10)
        done = index < 2
        c.rect(144, y + 18, 28, 28, GREEN if done else WHITE, GREEN if done else "#8b99a7", 2, 6)
        if done:
            c.line([(150, y + 32), (156, y + 39), (167, y + 25)], WHITE, 3)
        c.text(188, y + 32, item, 22)
        c.rect(462, y + 22, 34, 22, None, MUTED, 2, 4)
        c.circle(479, y + 33, 7, None, MUTED, 2)
    c.text(320, 672, "+ Add spare part", 22, BLUE, "mm", "bold")
    c.rect(126, 708, 388, 68, BLUE, radius=14)
    c.text(320, 742, "Start work order", 26, WHITE, "mm", "bold")
    c.rect(250, 822, 140, 7, "#9aa7b4", radius=3)
    return c


def sync_conflict(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 860, 600, "#e4eaf0")
    c.shadow(40, 36, 780, 528, 18, 14, 110, 8)
    c.rect(40, 36, 780, 528, WHITE, radius=18)
    c.rect(40, 36, 780, 72, NAVY, radius=18)
    c.rect(40, 80, 780, 28, NAVY)
    c.text(70, 72, "Resolve conflict", 28, WHITE, style="bold")
    c.text(790, 72, "WO-8841", 24, "#cfdbe7", "rm")
    c.text(70, 142, "This work order was changed on the phone and on the server.", 21, MUTED)
    sides = (
        (70, "My version", "10:42, offline", "Complete", "Belt tension checked", "#e4f3e8"),
        (445, "Server version", "10:40, shift leader", "Paused", "Sensor on order", "#e6eefa"),
    )
    for x, title, when, state, note, colour in sides:
        c.rect(x, 172, 345, 280, colour, LINE, 1.5, 12)
        c.text(x + 22, 206, title, 24, INK, style="bold")
        c.text(x + 22, 242, when, 20, MUTED)
        for y, label, value in ((296, "Status", state), (346, "Checklist", note)):
            c.text(x + 22, y, label, 19, MUTED)
            c.text(x + 122, y, value, 20)
        c.text(x + 22, 402, "Spare part", 19, MUTED)
        c.text(x + 122, 402, "1 x roller", 20)
    for x, label, colour in ((70, "Keep mine", GREEN), (445, "Keep server", BLUE)):
        c.rect(x, 476, 345, 62, colour, radius=12)
        c.text(x + 172, 507, label, 25, WHITE, "mm", "bold")
    return c


def scanner_wifi_error(fonts: Fonts) -> Canvas:
    c = Canvas(fonts, 700, 860)
    c.shade(0, 0, 700, 860, ["#c9b59b", "#a98f70"])
    for x in range(40, 700, 130):
        c.line([(x, 0), (x - 30, 860)], "#9d8464", 2)
    c.shadow(120, 26, 460, 900, 60, 16, 170, 12)
    c.shade(120, 26, 460, 900, ["#f0c531", "#e2b21f"], radius=56)
    c.rect(146, 60, 408, 800, "#20262d", radius=36)
    c.rect(170, 104, 360, 500, WHITE, radius=8)
    c.rect(170, 104, 360, 48, "#33404d", radius=8)
    c.text(186, 128, "扫描枪 08", 20, WHITE)
    c.text(514, 128, "C09  14:07", 20, WHITE, "rm")
    for ring in (78, 54, 30):
        c.arc(350, 258, ring, 225, 315, RED, 9)
    c.circle(350, 248, 8, RED)
    c.line([(300, 182), (400, 270)], RED, 8)
    c.text(350, 312, "WLAN-WH-02", 30, INK, "mm", "bold")
    c.text(350, 362, "连接失败", 32, RED, "mm", "bold")
    c.text(350, 406, "身份验证超时", 26, INK, "mm")
    c.text(350, 444, "(802.1X)", 24, INK, "mm")
    c.text(350, 488, "信号强度 -79 dBm", 21, MUTED, "mm")
    c.rect(196, 524, 146, 56, BLUE, radius=8)
    c.text(269, 552, "重试", 24, WHITE, "mm", "bold")
    c.rect(358, 524, 146, 56, WHITE, MUTED, 2, 8)
    c.text(431, 552, "设置", 24, INK, "mm", "bold")
    c.rect(290, 636, 120, 60, AMBER, radius=30)
    for row in range(2):
        for column in range(5):
            c.rect(190 + column * 66, 726 + row * 58, 54, 44, "#434d57", radius=8)
    return c


def _terminal(fonts: Fonts, title: str, lines: Sequence[tuple[str, str]], height: int) -> Canvas:
    c = Canvas(fonts, 1000, height, "#8fa3b5")
    c.shade(0, 0, 1000, height, ["#9db2c4", "#6f879c"])
    c.shadow(36, 30, 928, height - 60, 12, 14, 170, 8)
    c.rect(36, 30, 928, height - 60, "#10171f", radius=12)
    c.rect(36, 30, 928, 46, "#2a3540", radius=12)
    c.rect(36, 60, 928, 16, "#2a3540")
    for index, colour in enumerate(("#ef6a5f", "#f2be4a", "#5fc36b")):
        c.circle(66 + index * 28, 53, 8, colour)
    c.text(500, 53, title, 19, "#d5dde5", "mm")
    colours = {"$": "#8fe3a8", ".": "#e3e9ef", "!": "#ffb0a8", "+": "#8fd0ff"}
    for index, (kind, line) in enumerate(lines):
        prompt = "$ " if kind == "$" else ""
        c.text(64, 110 + index * 36, prompt + line, 20, colours[kind], style="mono")
    return c


def certificate_terminal(fonts: Fonts) -> Canvas:
    command = "openssl x509 -noout -enddate -fingerprint -in"
    return _terminal(fonts, "auth service: signing certificate", (
        ("$", f"{command} idp-signing-old.pem"),
        ("!", "notAfter=Jun 2 23:59:59 GMT"),
        (".", "SHA256 Fingerprint=9C:41:E7:03:5B:D2:88:1F:6A:C0:77:2E"),
        ("$", f"{command} idp-signing.pem"),
        ("+", "notAfter=Jun 2 23:59:59 GMT (next year)"),
        (".", "SHA256 Fingerprint=4E:A8:12:F9:B6:30:CD:54:91:0B:E3:67"),
        ("!", "fingerprints differ: portal trusts the old certificate"),
        ("$", "clear metadata cache; restart auth"),
        ("+", "auth service restarted, AUTH-4107 gone"),
    ), 470)  # fmt: skip


def restore_terminal(fonts: Fonts) -> Canvas:
    return _terminal(fonts, "restore ERP database", (
        ("$", "erpctl stop --all"),
        (".", "application stopped"),
        ("$", "vault-mount /mnt/backup"),
        ("$", "pg_restore --jobs=8 --dbname=erp_restore nightly-erp.dump"),
        (".", "restoring orders      100%"),
        (".", "restoring invoices    100%"),
        ("+", "restoring stock_moves  62%   index build"),
        ("$", "erpctl verify"),
        (".", "row counts: orders 1284551  invoices 903177"),
        ("+", "0 errors"),
        ("$", "erpctl start --all"),
    ), 540)  # fmt: skip


PICTURES: dict[str, Callable[[Fonts], Canvas]] = {
    "work-order-phone": work_order_phone,
    "sync-conflict": sync_conflict,
    "scanner-wifi-error": scanner_wifi_error,
    "certificate-terminal": certificate_terminal,
    "restore-terminal": restore_terminal,
}
