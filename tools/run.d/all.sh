# shellcheck shell=bash
# Everything that ./run and .ci/run know. Wants $root (the project) and $caller_dir (where the user is).

# shellcheck source=tools/run.d/common.sh
source "$root/tools/run.d/common.sh"
# shellcheck source=tools/run.d/packages.sh
source "$root/tools/run.d/packages.sh"
# shellcheck source=tools/run.d/deps.sh
source "$root/tools/run.d/deps.sh"
# shellcheck source=tools/run.d/wine.sh
source "$root/tools/run.d/wine.sh"
# shellcheck source=tools/run.d/build.sh
source "$root/tools/run.d/build.sh"
# shellcheck source=tools/run.d/test.sh
source "$root/tools/run.d/test.sh"
# shellcheck source=tools/run.d/origin.sh
source "$root/tools/run.d/origin.sh"
# shellcheck source=tools/run.d/demo.sh
source "$root/tools/run.d/demo.sh"
# shellcheck source=tools/run.d/bench.sh
source "$root/tools/run.d/bench.sh"
# shellcheck source=tools/run.d/fuzz.sh
source "$root/tools/run.d/fuzz.sh"
# shellcheck source=tools/run.d/soak.sh
source "$root/tools/run.d/soak.sh"
# shellcheck source=tools/run.d/coverage.sh
source "$root/tools/run.d/coverage.sh"
