"""A photograph that comes in pieces: nothing twice, nothing lost, nothing that is none."""

from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from catalog.products.models import Picture
from shop import clock
from shop.db import db
from suppliers.uploads import services
from suppliers.uploads.handlers import KEPT, forget_abandoned
from suppliers.uploads.models import Upload, UploadPiece
from tests.factories.catalog import picture_bytes
from tests.factories.people import make_cooperative_member, sign_in
from tests.parts.together import run_together

KEY = "0123456789abcdef" * 2
ADDRESS = f"/cooperative/uploads/{KEY}"
PIECE = 3000


@pytest.fixture
def manager(act):
    return act(member_with_cooperative)


@pytest.fixture
def phone(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


@pytest.fixture
def photo():
    content = picture_bytes()
    assert len(content) > 2 * PIECE
    return content


def member_with_cooperative():
    account = make_cooperative_member()
    assert account.cooperative, "read while the session is open"
    return account


def send(client, photo, position, length=PIECE, size=None):
    query = f"?from={position}&size={size or len(photo)}"
    return client.post(ADDRESS + query, data=photo[position : position + length])


def send_all(client, photo):
    received = 0
    while received < len(photo):
        answer = send(client, photo, received).json
        received = answer["received"]
    return answer


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def test_pieces_become_a_picture(app, phone, photo):
    assert phone.get(ADDRESS).json == {"received": 0}
    answer = send_all(phone, photo)
    with phone.get(answer["url"]) as picture:
        assert picture.mimetype == "image/webp"
    assert phone.get(ADDRESS).json == answer
    assert (count(app, Picture), count(app, UploadPiece)) == (1, 0)


def test_a_piece_that_comes_again_changes_nothing(app, phone, photo):
    for _ in range(3):
        assert send(phone, photo, 0).json == {"received": PIECE}
    picture = send_all(phone, photo)["picture"]
    # The answer was lost: the last piece comes once more.
    assert send(phone, photo, len(photo) - 10).json["picture"] == picture
    assert count(app, Picture) == 1


def test_a_gap_is_not_filled_with_what_comes_after_it(phone, photo):
    send(phone, photo, 0)
    assert send(phone, photo, 2 * PIECE).json == {"received": PIECE}
    assert phone.get(ADDRESS).json == {"received": PIECE}


def test_the_same_piece_twice_at_once_is_kept_once(app, act, manager, photo):
    def piece():
        given = {"by": manager.id, "at": clock.now()}
        args = (manager.cooperative.id, KEY, photo[:PIECE], 0, len(photo))
        return act(services.take_piece, *args, **given).received

    assert run_together(piece, piece) == [PIECE, PIECE]
    assert count(app, UploadPiece) == 1


@pytest.mark.parametrize(
    "content", [b"x" * 500, b"<svg onload='alert(1)'></svg>", picture_bytes("PNG", 1, 1)]
)
def test_what_is_no_photo_is_refused_and_forgotten(app, phone, content):
    answer = send(phone, content, 0)
    assert answer.status_code == 422
    assert answer.json["message"]
    assert count(app, Upload) == count(app, UploadPiece) == count(app, Picture) == 0


def test_a_bomb_is_refused_by_what_its_header_says(app, phone, tmp_path):
    file = tmp_path / "bomb.png"
    Image.new("1", (9000, 9000)).save(file)
    assert send(phone, file.read_bytes(), 0, length=200_000).status_code == 422
    assert count(app, Picture) == 0


@pytest.mark.parametrize("query", ["", "?size=0", "?size=99999999", "?size=²&from=-1", "?size=x"])
def test_sizes_that_cannot_be_are_refused(app, phone, query):
    assert phone.post(ADDRESS + query, data=b"x").status_code == 422
    assert count(app, Upload) == 0


def test_a_piece_that_is_too_large_is_refused(app, phone):
    content = bytes(services.LARGEST_PIECE + 1)
    assert send(phone, content, 0, length=len(content)).status_code == 422
    assert count(app, UploadPiece) == 0


def test_nobody_goes_on_with_anothers_photo(app, act, phone, photo):
    send(phone, photo, 0)
    stranger = app.test_client()
    sign_in(stranger, act(make_cooperative_member))
    assert stranger.get(ADDRESS).json == {"received": 0}
    assert "picture" in send_all(stranger, photo)
    assert phone.get(ADDRESS).json == {"received": PIECE}


def test_there_is_an_end_to_unfinished_photos(app, phone, photo, monkeypatch):
    monkeypatch.setattr("suppliers.uploads.services.MOST_UNFINISHED", 1)
    send(phone, photo, 0)
    other = phone.post(f"/cooperative/uploads/{'f' * 32}?from=0&size=10", data=b"x")
    assert other.status_code == 422


def test_what_never_arrived_is_forgotten_and_pictures_stay(app, phone, photo):
    send(phone, photo, 0)
    other = f"/cooperative/uploads/{'f' * 32}"
    phone.post(f"{other}?from=0&size={len(photo)}", data=photo)
    with app.app_context():
        assert forget_abandoned(clock.now()) == 0
        assert forget_abandoned(clock.now() + KEPT + timedelta(hours=1)) == 1
    assert phone.get(ADDRESS).json == {"received": 0}
    assert "picture" in phone.get(other).json
