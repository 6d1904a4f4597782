# The finished program with its site; the database is another container (see compose.yaml).

FROM node:20-trixie-slim AS node
WORKDIR /xtask
COPY xtask/package.json xtask/package-lock.json xtask/.npmrc ./
RUN npm ci

FROM rust:1.95-trixie AS build
RUN rustup target add wasm32-unknown-unknown \
    && apt-get update \
    && apt-get install -y --no-install-recommends binaryen
# A part of the build tool runs on node.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /train
COPY . .
COPY --from=node /xtask/node_modules xtask/node_modules
ENV SQLX_OFFLINE=true
# Of which sources, for the page of administrators: --build-arg TRAIN_COMMIT=$(git rev-parse --short=12 HEAD).
ARG TRAIN_COMMIT=
RUN cargo xtask build --release && cargo build --release --features ssr

FROM debian:trixie-slim
# The client brings pg_dump for backups. It must not be older than the database: trixie's is 17, as compose.yaml has it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/train --create-home train
WORKDIR /opt/train
COPY Leptos.toml ./
COPY --from=build /train/target/release/train ./
COPY --from=build /train/target/site site
ENV LEPTOS_SITE_ROOT=/opt/train/site TRAIN_ADDR=0.0.0.0:3000 TRAIN_DATA_DIR=/var/lib/train
USER train
VOLUME /var/lib/train
EXPOSE 3000
STOPSIGNAL SIGTERM
CMD ["./train", "serve"]
