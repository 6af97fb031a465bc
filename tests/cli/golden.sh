#!/bin/sh
# Answers compared with tests/golden/, word for word.
set -eu
exec "$SU_SOURCE_DIR/tools/golden"
