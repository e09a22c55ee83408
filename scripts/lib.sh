# shellcheck shell=bash
# What run, test and .ci share. Sourced with the repository's root as working folder.

say() { printf '== %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Parallel compilations: one per core, and no more than 1.5 GiB of free memory each allow, for
# a batch of files that include CAF or Beast takes nearly that much.
jobs_that_fit() {
    local cores free_kib by_memory
    cores=$(nproc)
    free_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
    by_memory=$((free_kib / 1572864))
    ((by_memory >= 1)) || by_memory=1
    echo $((by_memory < cores ? by_memory : cores))
}

# build PRESET [TARGET...]: configures and builds one CMake preset.
build() {
    local preset=$1
    shift
    say "building preset $preset, $(jobs_that_fit) at a time"
    cmake --preset "$preset" --log-level=WARNING
    cmake --build --preset "$preset" --parallel "$(jobs_that_fit)" ${1:+--target "$@"}
}
