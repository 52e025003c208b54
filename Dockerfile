# The emulator as a container: docs/emulator.md says how to build and use it.
FROM python:3.13.7-slim-bookworm AS build
WORKDIR /src
COPY constraints.txt ./
# pip before 25.3 reads the first variable for build dependencies, later versions the second
ENV PIP_CONSTRAINT=/src/constraints.txt \
    PIP_BUILD_CONSTRAINT=/src/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
COPY LICENSE README.md hatch_build.py pyproject.toml ./
COPY conformance ./conformance
COPY emulator ./emulator
COPY model ./model
COPY reports ./reports
COPY specs ./specs
COPY strategies ./strategies
RUN python -m venv /opt/aoai && /opt/aoai/bin/pip install '.[audio,otel,prometheus,tls]'

FROM python:3.13.7-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin emulator
COPY --from=build /opt/aoai /opt/aoai
ENV PATH=/opt/aoai/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
# an emulator with --tls needs another check: --health-cmd or healthcheck.test
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["aoai-conformance", "emulator", "--host", "0.0.0.0", "--port", "8000"]
