# Quarterdeck in a container: the bot without the playground, as a user that is not root.
#
#   docker build -t quarterdeck .
#   docker run --env-file .env -v quarterdeck:/app/var -p 3000:3000 quarterdeck          (serve)
#   docker run --env-file .env quarterdeck check                                        (or any other subcommand)

FROM python:3.13-slim-trixie AS packages
COPY requirements.lock /tmp/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r /tmp/requirements.lock

FROM python:3.13-slim-trixie
# A fixed uid, so that volumes and Kubernetes' runAsUser can name it.
RUN groupadd --gid 10001 quarterdeck \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin quarterdeck \
 && install --directory --owner=quarterdeck --group=quarterdeck /app/var
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY bot bot
COPY commands commands
COPY integrations integrations
COPY config config
# Compiled here, since the user below can't write beside the sources.
RUN /opt/venv/bin/python -m compileall -q bot commands integrations

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    QUARTERDECK_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000
USER 10001:10001
# The SQLite files of a single replica; unused with DATABASE_URL=postgresql://…
VOLUME /app/var
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/livez', timeout=2)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
