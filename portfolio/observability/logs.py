"""Every log line as fields: pretty in development, JSON in production. Read by settings.py."""

from typing import Any

import structlog
from structlog.typing import Processor

SHARED: list[Processor] = [
    # The request's id and user, bound by the middleware.
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(level: str, *, readable: bool) -> dict[str, Any]:
    """Django's LOGGING. Lines of libraries go the same way as ours."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"fields": formatter(readable=readable)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "fields"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Without its own handler it would also mail the admins, of whom there are none.
            "django": {"handlers": [], "propagate": True},
            # Our own line per request says more.
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            # Says at INFO in every process that it found its tasks.
            "procrastinate": {"level": "WARNING"},
            # A line per request would tell what somebody holds.
            "httpx2": {"level": "WARNING"},
        },
    }


def formatter(*, readable: bool) -> dict[str, Any]:
    rendered: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *(
            [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
            if readable
            else [
                # Without the values of variables, which are private data.
                structlog.processors.ExceptionRenderer(
                    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                ),
                structlog.processors.JSONRenderer(default=str),
            ]
        ),
    ]
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": rendered,
    }
