import io

import pytest
from PIL import Image

from medianest_sandbox import posters


def size(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        return image.size


class TestPosters:
    def test_have_the_size_asked_for(self) -> None:
        assert size(posters.poster("Dune", width=200)) == (200, 300)
        assert size(posters.backdrop("Dune", width=320)) == (320, 180)
        assert size(posters.poster("Dune", width=99_999, height=1)) == (posters.MOST_PIXELS, 16)

    def test_are_the_same_every_time_and_differ_by_title(self) -> None:
        first = posters.poster("Dune", width=100)
        assert posters._picture.__wrapped__("Dune", "", 100, 150) == first
        assert posters.poster("Arrival", width=100) != first

    @pytest.mark.parametrize("text", ["", "x" * 200, "\U0001f9c0" * 40, "..", "two words " * 30])
    def test_can_be_drawn_for_any_title(self, text: str) -> None:
        assert size(posters.poster(text, caption="1999", width=120)) == (120, 180)
