# One image for web, sockets, worker, beat, media and migrate: they differ in their command alone.

FROM python:3.12-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/telemed
COPY requirements.txt .
# Every file must have the hash that is written down, and none is compiled here.
RUN /opt/telemed/bin/pip install --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin telemed \
 && install --directory --owner telemed --group telemed /data /data/media
COPY --from=packages /opt/telemed /opt/telemed
ENV PATH=/opt/telemed/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    MEDIA_ROOT=/data/media \
    STATIC_ROOT=/app/static-collected
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY telemed telemed
COPY accounts accounts
COPY triage triage
COPY visits visits
COPY prescriptions prescriptions
COPY video video
COPY templates templates
COPY static static
COPY docker/healthcheck.py docker/healthcheck.py
# Made with throw-away keys: neither step writes anything that depends on one.
RUN export DEMO=1 DATA_DIR=/tmp/build \
 && python manage.py compile_catalogs --verbosity 0 \
 && python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q telemed accounts triage visits prescriptions video \
 && rm -rf /tmp/build
USER telemed
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 \
  CMD ["python", "docker/healthcheck.py"]
# No access log here: the proxy keeps one, and keeps query strings out of it.
CMD ["gunicorn", "telemed.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "20", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
