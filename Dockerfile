# One image per service: docker build --build-arg SERVICE=gateway -t filmstudio/gateway .
FROM python:3.11-slim AS build
RUN python -m venv /venv \
 && python -m pip install --no-cache-dir --disable-pip-version-check uv==0.13.8
COPY deploy/images.lock /src/
# The whole lock, before SERVICE is known: this layer is built once and shared by all seven images.
RUN uv pip install --no-cache --python /venv/bin/python --require-hashes -r /src/images.lock
ARG SERVICE
COPY libs/contracts /src/libs/contracts
COPY libs/runtime /src/libs/runtime
COPY services/${SERVICE} /src/services/${SERVICE}
RUN uv pip install --no-cache --python /venv/bin/python --no-deps \
    /src/libs/contracts /src/libs/runtime "/src/services/${SERVICE}"

FROM python:3.11-slim
ARG SERVICE
RUN test -n "${SERVICE}" \
 && useradd --system --uid 10001 --no-create-home film \
 && install --directory --owner film /data
# Cards, thumbnails and drawn captions: Chinese, Japanese and Korean letters (SIL Open Font License),
# and what sets text from right to left. No other service draws with the system's fonts.
RUN if [ "${SERVICE}" = stitcher ]; then \
      apt-get update \
      && apt-get install --yes --no-install-recommends fontconfig fonts-noto-cjk libfribidi0 \
      && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /venv /venv
COPY supabase /app/supabase
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SUPABASE_DIR=/app/supabase \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    SERVICE=${SERVICE}
WORKDIR /app
USER 10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/healthz', timeout=4)"]
CMD ["sh", "-c", "exec python -m \"${SERVICE}.main\""]
