# Debian 13, because the uWebSockets.js binaries for Node 22 and newer want glibc 2.38; never Alpine.
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No scripts: the native packages bring their binaries along, and our own `prepare` has no sources yet.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src ./src
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# uWebSockets.js ships a binary for each platform and Node, 250 MB of them: the one for this Node stays.
RUN find node_modules/uWebSockets.js -name '*.node' ! -name "uws_linux_*_$(node -p process.versions.modules).node" -delete
RUN mkdir data ledger

FROM node:24-trixie-slim
ENV NODE_ENV=production \
    PARLEY_HOST=0.0.0.0 \
    PARLEY_ADMIN_HOST=0.0.0.0 \
    PARLEY_PORT=8787 \
    PARLEY_ADMIN_PORT=8788 \
    PARLEY_DATA_DIR=/data \
    PARLEY_ERASURE_LEDGER=/ledger/erasures
WORKDIR /app
COPY LICENSE ./
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build --chown=node:node /app/data /data
# Of erasures, apart from the data: it outlives a data directory that a restore makes anew.
COPY --from=build --chown=node:node /app/ledger /ledger
USER node
VOLUME /data /ledger
EXPOSE 8787 8788
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PARLEY_ADMIN_PORT + '/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The exec form: node is the first process itself, so SIGTERM reaches it and it drains.
ENTRYPOINT ["node", "dist/admin/parley.js"]
CMD ["serve"]
