"""Pictures that apps read."""

import segno
from markupsafe import Markup


def draw_qr(uri: str) -> Markup:
    """The address as a QR code, to stand in a page."""
    # The drawing is made of squares alone: nothing of the text is in it.
    return Markup(segno.make(uri, micro=False).svg_inline(border=2, omitsize=True))  # noqa: S704 - see above
