# Two stages: the first builds the web app with the pinned Node.js, the second runs the server as nobody.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
COPY locks/build.txt locks/run.txt locks/
RUN python3 -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r locks/run.txt \
    && python3 -m venv /node \
    && /node/bin/pip install --no-cache-dir --require-hashes -r locks/build.txt
ENV PATH=/node/bin:$PATH
COPY client_pwa/package.json client_pwa/package-lock.json client_pwa/.npmrc client_pwa/
RUN npm --prefix client_pwa ci --no-audit --no-fund
COPY client_pwa client_pwa
RUN npm --prefix client_pwa run build

FROM ${BASE}
WORKDIR /app
COPY --from=build /venv /venv
COPY server server
COPY sync sync
COPY migrations migrations
COPY --from=build /build/client_pwa/dist client_pwa/dist
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 ESCALE_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["sh", "-c", "python3 -m server.cli migrate && exec python3 -m server.cli serve --host 0.0.0.0 --port 8000"]
