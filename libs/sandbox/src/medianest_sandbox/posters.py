"""Draws pictures for titles: the same title always gets the same picture, at any size asked for."""

import colorsys
import hashlib
import io
import math
import random
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

MOST_PIXELS = 1920
_KEPT_PICTURES = 256
_BASE_WIDTH = 480


def poster(text: str, *, caption: str = "", width: int = 342, height: int | None = None) -> bytes:
    """A portrait picture with the title lettered on it, as JPEG."""
    return _picture(text, caption, _clamp(width), _clamp(height or width * 3 // 2))


def backdrop(text: str, *, caption: str = "", width: int = 1280, height: int | None = None) -> bytes:
    """A landscape picture, as JPEG."""
    return _picture(text, caption, _clamp(width), _clamp(height or width * 9 // 16))


@lru_cache(maxsize=32)
def avatar(name: str) -> bytes:
    """A square picture with the first letter of a name, as PNG."""
    image = Image.new("RGB", (160, 160), _colour(_random(name).random(), 0.55, 0.62))
    draw = ImageDraw.Draw(image)
    draw.text((80, 84), name[:1].upper(), fill="#16171b", font=_font(96), anchor="mm", stroke_width=2)
    return _encoded(image, "PNG")


def _clamp(pixels: int) -> int:
    return max(16, min(MOST_PIXELS, pixels))


@lru_cache(maxsize=_KEPT_PICTURES)
def _picture(text: str, caption: str, width: int, height: int) -> bytes:
    scale = _BASE_WIDTH / min(width, height)
    size = (round(width * scale), round(height * scale)) if scale < 1 else (width, height)
    chance = _random(text)
    image = _gradient(size, chance)
    _shapes(image, chance)
    _shade(image)
    _lettering(image, text, caption)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return _encoded(image, "JPEG")


def _random(text: str) -> random.Random:
    seed = hashlib.sha256(text.encode()).digest()
    return random.Random(seed)  # noqa: S311  # the same picture every time is the point


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _gradient(size: tuple[int, int], chance: random.Random) -> Image.Image:
    hue = chance.random()
    top = _colour(hue, 0.62, 0.72)
    bottom = _colour(hue + chance.choice([0.08, 0.16, -0.12, 0.4]), 0.8, 0.24)
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def _shapes(image: Image.Image, chance: random.Random) -> None:
    """One of four simple scenes: a sun over hills, rings, slanted beams, a skyline."""
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    tint = _colour(chance.random(), 0.35, 1.0)
    chance.choice([_hills, _rings, _beams, _skyline])(draw, image.size, chance, tint)
    layer = layer.filter(ImageFilter.GaussianBlur(max(image.size) / 500))
    image.paste(layer, (0, 0), layer)


def _hills(draw: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, tint: tuple[int, int, int]) -> None:
    width, height = size
    radius, centre = min(size) * chance.uniform(0.16, 0.26), (width * chance.uniform(0.3, 0.7), height * 0.34)
    draw.ellipse(_box(centre, radius), fill=(*tint, 215))
    for layer in range(3):
        base, phase = height * (0.52 + 0.13 * layer), chance.uniform(0, 6)
        line = [(x, base + math.sin(x / width * 5 + phase) * height * 0.05) for x in range(0, width + 9, 8)]
        draw.polygon([*line, (width, height), (0, height)], fill=(10, 10, 20, 80 + 45 * layer))


def _rings(draw: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, tint: tuple[int, int, int]) -> None:
    centre = (size[0] * chance.uniform(0.25, 0.75), size[1] * chance.uniform(0.25, 0.5))
    for ring in range(1, 9):
        draw.ellipse(
            _box(centre, ring * min(size) * 0.085), outline=(*tint, 235 - ring * 18), width=max(2, min(size) // 48)
        )


def _beams(draw: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, tint: tuple[int, int, int]) -> None:
    width, height = size
    source = (width * chance.uniform(0.1, 0.9), -height * 0.1)
    for beam in range(7):
        foot = width * (beam / 5 - 0.2)
        draw.polygon([source, (foot, height), (foot + width * 0.09, height)], fill=(*tint, 34 + beam % 3 * 22))


def _skyline(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], chance: random.Random, tint: tuple[int, int, int]
) -> None:
    width, height = size
    draw.ellipse(_box((width * 0.72, height * 0.22), min(size) * 0.11), fill=(*tint, 220))
    left = 0.0
    while left < width:
        wide, tall = width * chance.uniform(0.07, 0.17), height * chance.uniform(0.28, 0.62)
        draw.rectangle((left, height - tall, left + wide - 2, height), fill=(8, 9, 16, 175))
        for _ in range(6):
            x, y = left + chance.uniform(0.15, 0.8) * wide, height - tall * chance.uniform(0.3, 0.95)
            draw.rectangle((x, y, x + width * 0.012, y + height * 0.01), fill=(*tint, 190))
        left += wide


def _box(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def _shade(image: Image.Image) -> None:
    """Darken the lower part, so that the lettering is readable on any picture."""
    width, height = image.size
    mask = Image.linear_gradient("L").resize((width, height * 6 // 10)).point(lambda value: value * 0.85)
    image.paste((6, 7, 12), (0, height - height * 6 // 10), mask)


def _lettering(image: Image.Image, text: str, caption: str) -> None:
    width, height = image.size
    draw = ImageDraw.Draw(image)
    margin, size = width * 0.07, min(width, height) * 0.115
    lines = _wrapped(text, size, width - 2 * margin)
    while (len(lines) > 4 or any(_length(line, size) > width - 2 * margin for line in lines)) and size > 9:
        size *= 0.9
        lines = _wrapped(text, size, width - 2 * margin)
    bottom = height - margin
    if caption:
        draw.text((margin, bottom), caption, fill="#d7d8e0", font=_font(size * 0.5), anchor="ls")
        bottom -= size * 0.85
    for line in reversed(lines):
        draw.text((margin, bottom), line, fill="white", font=_font(size), anchor="ls", stroke_width=round(size / 40))
        bottom -= size * 1.1


def _wrapped(text: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and _length(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _length(text: str, size: float) -> float:
    return _font(size).getlength(text)


@lru_cache(maxsize=64)
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(round(size))


def _encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, quality=82)
    return buffer.getvalue()
