# One image for every app; APP says which one it runs:
#   docker build --build-arg APP=scheduler -t nestor/scheduler .
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /nestor
COPY . .
RUN npm ci --no-audit --no-fund --loglevel=error \
  && NX_DAEMON=false npx nx run-many -t build \
  && npm prune --omit=dev --no-audit --no-fund --loglevel=error \
  && rm -rf .nx

FROM ${NODE_IMAGE}
ARG APP=apiserver
ENV NODE_ENV=production NESTOR_APP=${APP}
WORKDIR /nestor
COPY --from=build /nestor /nestor
# Postgres and the node's runtime are elsewhere: nothing here needs root.
USER node
ENTRYPOINT ["/bin/sh", "-c", "exec node --enable-source-maps apps/$NESTOR_APP/dist/main.js \"$@\"", "nestor"]
