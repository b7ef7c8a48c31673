"""The web server of `make run`: granian, with threads enough for partners who call back.

During a handshake the partner calls our versions endpoint while our own request to it is still
waiting, which one blocking thread could not answer.
"""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from .forks import end_with_parent


def application_in_worker():  # type: ignore[no-untyped-def]
    """The WSGI application, in a process that ends when the server it belongs to is killed."""
    end_with_parent()
    return get_wsgi_application()


def serve() -> None:
    """Serve until a stop signal."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces

    Granian(
        "roaming.embedded.web:application_in_worker",
        factory=True,
        address=settings.BIND_ADDRESS,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.WEB_WORKERS,
        blocking_threads=settings.WEB_THREADS,
        backpressure=settings.WEB_THREADS * 4,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    serve()
