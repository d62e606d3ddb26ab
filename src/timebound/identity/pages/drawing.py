"""Pictures for apps to scan."""

import segno
from markupsafe import Markup


def draw_qr(text: str) -> Markup:
    """The text as a QR code in SVG, as large as its place."""
    drawn = segno.make(text, micro=False).svg_inline(border=2, omitsize=True)
    # It is made of squares alone: nothing of the text is in it.
    return Markup(drawn)  # noqa: S704 - see above
