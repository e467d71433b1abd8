# One image for coordinators and workers: `docker build -t triscale .`, then `docker run triscale worker --help`.
FROM node:20-bookworm-slim AS build
# better-sqlite3 is compiled where it has no prebuilt binary.
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
RUN npm ci --no-fund --no-audit && npm prune --omit=dev --ignore-scripts --no-fund --no-audit

FROM node:20-bookworm-slim
ENV NODE_ENV=production TRISCALE_CACHE=/cache
WORKDIR /work
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY --from=build /app/experiments /app/experiments
RUN mkdir -p /cache /work /checkpoints && chown node:node /cache /work /checkpoints
USER node
# SIGTERM reaches the program itself: a worker then gives its trials back.
ENTRYPOINT ["node", "/app/dist/experiments/cli/main.js"]
CMD ["--help"]
