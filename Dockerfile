# Headless Sonde: triage, watch and serve. docs/docker.md says how to run each, and with how little privilege.
#   docker build -t sonde .                         the command
#   docker build -t sonde-serve --target serve .    the desk: with a health check, and TLS and users by default

FROM debian:bookworm-slim AS build
# Debian's Node and npm only start the build: what ships is the Node 24 of the lock file.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential ca-certificates libpcap-dev nodejs npm python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Two files that may be there: how to reach the packages, and the authority that a proxy's certificate is of. Neither
# gets into a layer.
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=cafile \
    export NPM_CONFIG_USERCONFIG=/run/secrets/npmrc \
    && if [ -f /run/secrets/cafile ]; then export NPM_CONFIG_CAFILE=/run/secrets/cafile; fi \
    && npm ci --engine-strict=false
COPY LICENSE tsconfig.base.json ./
COPY scripts scripts/
COPY resources resources/
COPY src-shared src-shared/
COPY src-main src-main/
COPY src-renderer src-renderer/
COPY docs/good-capture.md docs/blind-spots.md docs/
RUN node scripts/container/stage.mjs /out

FROM debian:bookworm-slim AS runtime
LABEL org.opencontainers.image.title="Sonde" \
      org.opencontainers.image.description="Tells a network administrator what is wrong in their traffic" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpcap0.8 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 sonde \
    && useradd --uid 10001 --gid sonde --no-create-home --home-dir /data --shell /usr/sbin/nologin sonde \
    && install -d -o root -g sonde -m 2770 /data \
    && install -d -o root -g root -m 0755 /captures /run/sonde
COPY --from=build /out/sonde /opt/sonde/
COPY --from=build /out/sonde-capture /usr/libexec/sonde/sonde-capture
# The one file with a privilege: raw packets, for members of the group. Capabilities come last, since a change of owner
# takes them off; nothing else in the image may raise anyone's rights.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcap2-bin \
    && chown root:sonde /usr/libexec/sonde/sonde-capture \
    && chmod 0750 /usr/libexec/sonde/sonde-capture \
    && setcap cap_net_raw=ep /usr/libexec/sonde/sonde-capture \
    && setcap -v cap_net_raw=ep /usr/libexec/sonde/sonde-capture \
    && apt-get purge -y --auto-remove libcap2-bin \
    && rm -rf /var/lib/apt/lists/* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && ln -s /opt/sonde/bin/sonde /usr/local/bin/sonde
ENV HOME=/data XDG_DATA_HOME=/data TMPDIR=/tmp
VOLUME ["/data"]
WORKDIR /captures
USER 10001:10001
ENTRYPOINT ["sonde"]

FROM runtime AS serve
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["/opt/sonde/node/bin/node", "/opt/sonde/bin/healthcheck.mjs", "8443"]
CMD ["serve", "--listen", "0.0.0.0", "--port", "8443", "--tls-cert", "/run/sonde/cert.pem", "--tls-key", "/run/sonde/key.pem", "--users", "/run/sonde/users.json", "--db", "/data/desk.db"]

FROM runtime AS sonde
CMD ["--help"]
