"""What rules whose sentences can be translated need: an application, but no database."""

import pytest
from flask import Flask
from flask_babel import Babel


@pytest.fixture(scope="module")
def app_context():
    app = Flask("rules")
    Babel(app, default_locale="zh_Hans_CN")
    with app.app_context():
        yield
