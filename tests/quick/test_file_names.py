"""Which files' names say what is in them."""

import pytest

from kg_enrich.images.file_names import name_words


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("images/order-sync-error.png", "order sync error"),
        ("orderSyncError2.PNG", "order Sync Error2"),
        ("C:\\photos\\pump P-204.jpg", "pump P 204"),
        ("现场照片-泵房.jpg", "现场照片 泵房"),
        ("tutorial_9.png", "tutorial 9"),
        ("IMG_20240312_101500(1).jpg", ""),
        ("DSC0001.JPG", ""),
        ("image17.png", ""),
        ("Screenshot 2024-03-12 at 10.22.33.png", ""),
        ("WhatsApp Image 2024-01-01 at 10.00.00.jpeg", ""),
        ("企业微信截图_17012345678901.png", ""),
        ("微信图片_20230501102030.jpg", ""),
        ("550e8400-e29b-41d4-a716-446655440000.png", ""),
        ("a3f9c2d4e8b1.png", ""),
        ("9_2_2.png", ""),
        ("", ""),
    ],
)
def test_a_name_speaks_or_is_none(path: str, said: str) -> None:
    assert name_words(path) == said
