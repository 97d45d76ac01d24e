"""The profile's brand colour as an accent that can be read on light and dark."""

from __future__ import annotations

import math


def oklch(colour: str) -> tuple[float, float, float]:
    """Lightness (0 to 1), chroma and hue (degrees) of an sRGB colour `#rrggbb` (Björn Ottosson's OKLab)."""
    linear = [_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    red, green, blue = linear
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def stylesheet(colour: str) -> str:
    """Custom properties for the accent: the brand's hue and chroma; lightness is the stylesheet's, so that contrast holds."""
    lightness, chroma, hue = oklch(colour)
    return f":root{{--brand-l:{lightness:.4f};--brand-c:{min(chroma, 0.2):.4f};--brand-h:{hue:.2f}}}\n"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
