"""The list of all blueprints, and of the modules that listen to events or do jobs."""

from flask import Blueprint, Flask

from shop.config import Settings

# A room's views register their blueprint here; a module that only listens is imported above.
BLUEPRINTS: tuple[Blueprint, ...] = ()
# Left out in production.
DEMO_BLUEPRINTS: tuple[Blueprint, ...] = ()


def init_app(app: Flask, settings: Settings) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if not settings.is_production:
        for blueprint in DEMO_BLUEPRINTS:
            app.register_blueprint(blueprint)
