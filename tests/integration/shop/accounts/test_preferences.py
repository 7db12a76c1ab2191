"""Language and size of text."""

import pytest


def test_language_and_text_are_remembered_and_the_person_returns(app):
    client = app.test_client()
    answer = client.post("/preferences", data={"text": "large", "next": "/sign-in?next=/account"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/account")
    client.post("/preferences", data={"language": "en"})
    page = client.get("/sign-in").text
    assert 'data-text="large"' in page
    assert '<html lang="en"' in page


@pytest.mark.parametrize("data", [{"language": "xx"}, {"text": "huge"}, {}, {"language": ""}])
def test_what_is_no_choice_changes_nothing(app, data):
    client = app.test_client()
    answer = client.post("/preferences", data=data)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_nobody_is_sent_elsewhere(app):
    answer = app.test_client().post(
        "/preferences", data={"text": "large", "next": "//evil.example"}
    )
    assert answer.location == "/"
