#!/bin/sh
# Starts one process of the platform. `compose.yaml` names it in one word; the charts of infra/kubernetes give a whole
# command. Reads secrets that come as files; execs, so that the process gets the signals of whoever stops it.
set -eu

# Dagster reads its settings from variables only; a secret in the environment of a container would be shown by
# `docker inspect`, so it comes as a file and becomes a variable here.
if [ -n "${DAGSTER_POSTGRES_PASSWORD_FILE:-}" ]; then
  DAGSTER_POSTGRES_PASSWORD="$(cat "$DAGSTER_POSTGRES_PASSWORD_FILE")"
  export DAGSTER_POSTGRES_PASSWORD
  unset DAGSTER_POSTGRES_PASSWORD_FILE
fi

workspace="$(dirname "$0")/workspace.yaml"

case "${1:-}" in
  code)
    # The home's folders and dbt's manifest, which the graph is loaded from.
    python -m bandcamp_assets.cli prepare
    exec python -m dagster api grpc --module-name bandcamp_assets.definitions --location-name bandcamp \
      --host "$DAGSTER_LISTEN" --port "$DAGSTER_CODE_SERVER_PORT"
    ;;
  webserver)
    exec dagster-webserver --workspace "$workspace" --host "$DAGSTER_LISTEN" --port "$DAGSTER_WEBSERVER_PORT"
    ;;
  daemon)
    exec dagster-daemon run --workspace "$workspace"
    ;;
  migrate)
    exec dagster instance migrate
    ;;
  dagster)
    exec "$@"
    ;;
  dask-scheduler | dask-worker)
    # Dask's chart calls commands that Dask itself has renamed: `dask-worker` is `dask worker` today.
    role="${1#dask-}"
    shift
    exec dask "$role" "$@"
    ;;
  *)
    echo "error: start.sh knows code, webserver, daemon, migrate, dagster, dask-scheduler and dask-worker, not '${1:-}'" >&2
    exit 2
    ;;
esac
