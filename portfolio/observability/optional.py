"""Sentry and OpenTelemetry, each only where its variable is set. Neither is installed by default."""

import os

from django.core.exceptions import ImproperlyConfigured

from portfolio import env

HOW = "Install it with: pip install --require-hashes -r requirements/optional.txt, or unset {}."


def start() -> None:
    if dsn := env.text("SENTRY_DSN"):
        start_sentry(dsn)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        start_opentelemetry()


def start_sentry(dsn: str) -> None:
    try:
        import sentry_sdk  # noqa: PLC0415 - optional
    except ImportError as error:
        raise missing("sentry-sdk", "SENTRY_DSN") from error
    # No bodies, cookies, variables or addresses: they hold what people own.
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
    )


def start_opentelemetry() -> None:
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise missing("OpenTelemetry", "OTEL_EXPORTER_OTLP_ENDPOINT") from error
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()


def missing(package: str, variable: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{variable} is set, but {package} is not installed. {HOW.format(variable)}"
    )
