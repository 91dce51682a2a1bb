# syntax=docker/dockerfile:1
# Three small layers on a base without a shell: Node, the bundle, the SQLite binding. Only COPY puts files into the
# image, so amd64 and arm64 get the same ones but for Node; test/e2e/containers.test.ts carries this file out.

ARG NODE_VERSION=24.21.0

FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN ["npm", "ci", "--no-audit", "--no-fund"]
COPY tsconfig.json ./
COPY src src
COPY test/build.ts test/build.ts
RUN ["npm", "run", "build"]
# Becomes the data directory: an image without a shell cannot make one.
RUN ["mkdir", "-m", "0700", "data"]

# Node for the platform of the image.
FROM node:${NODE_VERSION}-bookworm-slim AS node

FROM gcr.io/distroless/cc-debian12
LABEL org.opencontainers.image.title="Sallyport" \
      org.opencontainers.image.description="Forward-auth decisions for edge proxies: browser login, bearer tokens and MCP authorization." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12"
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/LICENSE /usr/share/doc/node/LICENSE
COPY LICENSE CHANGELOG.md /app/
COPY --from=build /build/dist/sallyport.mjs /build/dist/service.mjs /app/dist/
# The machine code that a bundle cannot hold, without its sources and the binaries for other systems.
COPY --from=build /build/node_modules/better-sqlite3/package.json /build/node_modules/better-sqlite3/LICENSE /app/node_modules/better-sqlite3/
COPY --from=build /build/node_modules/better-sqlite3/lib /app/node_modules/better-sqlite3/lib
COPY --from=build /build/node_modules/better-sqlite3/prebuilds/linux-x64.node /build/node_modules/better-sqlite3/prebuilds/linux-arm64.node /app/node_modules/better-sqlite3/prebuilds/
COPY --from=build --chown=65532:65532 /build/data /app/data

# Listens on every address, and so refuses to start as long as nobody says what its public URL is.
ENV SALLYPORT_CONTAINER=true
WORKDIR /app
USER 65532:65532
VOLUME ["/app/data"]
EXPOSE 11000 11001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["/usr/local/bin/node", "/app/dist/sallyport.mjs", "health"]
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/sallyport.mjs"]
CMD ["serve"]
